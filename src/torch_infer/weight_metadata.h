#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace bcnet::torch_infer {

/// Writes a safetensors file again, as it is apart from these entries of its header's
/// metadata; out may be the file itself. Throws Error(model), Error(io).
void write_weight_metadata(const std::filesystem::path& file, const std::filesystem::path& out,
                           const std::map<std::string, std::string>& entries);

}  // namespace bcnet::torch_infer
