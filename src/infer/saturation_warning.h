#pragma once

#include <string>

namespace bcnet::infer {

/// What is to be said where a model's 8-bit weights let sums of two products saturate on this CPU:
/// another tool's file, or one from `quantize --weights-range full`, without VNNI. Empty for all
/// others; bytes that are no model are left to who runs it.
std::string saturation_warning(const std::string& bytes, const std::string& file);

}  // namespace bcnet::infer
