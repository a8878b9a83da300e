#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "nn/backbones/backbone.h"

namespace bcnet::nn {

/// Everything that training supervises, all of it logits on the grid where it arises. What a
/// network does not have is undefined or empty.
struct NetworkOutputs {
  torch::Tensor logits;               ///< the final mask, [N,1,H,W]
  torch::Tensor boundary;             ///< of the mask
  torch::Tensor location;             ///< the coarse mask that the final one starts from
  std::vector<torch::Tensor> levels;  ///< masks beside these two
};

/// What training, export and the commands know of a network.
/// x: [N,3,H,W] float32 RGB, normalised; H and W multiples of 32.
struct SegmentationNetwork : torch::nn::Module {
  virtual NetworkOutputs forward(const torch::Tensor& x) = 0;
  /// The final mask's logits alone, [N,1,H,W].
  torch::Tensor predict(const torch::Tensor& x) { return forward(x).logits; }

  /// Which part of the network a parameter belongs to, by its name: one of module_groups (see
  /// architectures.h). The recipe's focus uses it.
  virtual std::string group_of(const std::string& parameter) const = 0;
  /// What the keys begin with that published weight files hold beyond the network.
  virtual std::vector<std::string> unused_keys() const { return {}; }

  std::shared_ptr<BackboneImpl> backbone;  ///< where ImageNet weights go; null for a network
                                           ///< without one
};

/// The options of a network over one of the backbones.
struct BackboneChoice : BackboneOptions {
  std::string backbone = "efficientnet_lite2";
};

/// Keeps every 4-D parameter in channels-last memory, which convolutions on CPUs want.
void to_channels_last(torch::nn::Module& module);

/// Parameters (not buffers) of a module.
std::int64_t count_parameters(const torch::nn::Module& module);

}  // namespace bcnet::nn
