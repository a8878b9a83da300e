#pragma once

#include <filesystem>
#include <string>

#include "core/json.h"

namespace bcnet::torch_infer {

/// Adds "parameters", "macs" and "modules" of the network that architecture (JSON) describes,
/// for an input of height x width. Throws Error(model); file is for the message.
void add_network_info(Json& info, const std::string& architecture, int height, int width,
                      const std::string& file);

/// What a recipe, a .safetensors or a .pth file is. Throws Error(model) or Error(usage) for a
/// file that is none of them.
Json training_file_info(const std::filesystem::path& path);

}  // namespace bcnet::torch_infer
