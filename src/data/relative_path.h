#pragma once

#include <optional>
#include <string>

namespace bcnet::data {

/// A path that a manifest or an annotation file gives, with '/' for '\' (Windows') and without
/// "." and what ".." takes back; none for one that is empty, absolute (a drive's letter too) or
/// leaves the folder that it is relative to.
std::optional<std::string> relative_path(std::string text);

}  // namespace bcnet::data
