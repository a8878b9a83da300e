#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/model_description.h"
#include "nn/network.h"

namespace bcnet::nn {

struct NetworkFile {
  /// In evaluation mode, float32, channels-last, on the CPU.
  std::shared_ptr<SegmentationNetwork> network;
  ModelDescription description;
};

/// Reads a .safetensors file that `bcnet train` wrote: its description makes the network.
/// Throws Error(model) for any other file, and lists missing, unexpected and misshapen keys.
NetworkFile load_network(const std::filesystem::path& path);

/// The parameters and buffers of a module by their full names, detached, on the CPU.
std::map<std::string, torch::Tensor> state_of(const torch::nn::Module& module);

/// Writes parameters and buffers with the description. Floating tensors become 16-bit floats
/// where half is set. Throws Error(io).
void save_network(const std::filesystem::path& path,
                  const std::map<std::string, torch::Tensor>& state,
                  const ModelDescription& description, bool half);

}  // namespace bcnet::nn
