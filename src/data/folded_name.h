#pragma once

#include <string>

namespace bcnet::data {

/// A name case-folded and composed (NFC): equal for what macOS and Windows hold for one name.
/// Names that are not UTF-8 stay as they are.
std::string folded_name(const std::string& name);

}  // namespace bcnet::data
