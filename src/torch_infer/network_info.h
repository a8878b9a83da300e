#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"

namespace bcnet::torch_infer {

/// How large a network is.
struct NetworkInfo {
  int height = 0;  ///< of the input that macs is for
  int width = 0;
  std::int64_t parameters = 0;
  std::int64_t macs = 0;                                        ///< multiply-adds of one image
  std::vector<std::pair<std::string, std::int64_t>> modules{};  ///< parameters of each, in order
};

/// Of the network that architecture (JSON) describes, for an input of height x width. Throws
/// Error(model); file is for the message.
NetworkInfo network_info(const std::string& architecture, int height, int width,
                         const std::string& file);

/// The members input, parameters, macs and modules.
Json to_json(const NetworkInfo& network);

/// Adds these members to what is known of a file.
void add_network_info(Json& info, const std::string& architecture, int height, int width,
                      const std::string& file);

/// What a recipe, a .safetensors or a .pth file is. Throws Error(model) or Error(usage) for a
/// file that is none of them.
Json training_file_info(const std::filesystem::path& path);

}  // namespace bcnet::torch_infer
