#pragma once

#include <string>

namespace bcnet::infer {

/// Warns, once for a file in this process, where a model's 8-bit weights let sums of two products
/// saturate on this CPU: another tool's file, or one from `quantize --weights-range full`, without
/// VNNI. Nothing else is said of the file; bytes that are no model are left to who runs it.
void warn_of_saturation(const std::string& bytes, const std::string& file);

}  // namespace bcnet::infer
