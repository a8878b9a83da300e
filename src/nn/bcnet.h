#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "core/json.h"
#include "nn/acfim.h"
#include "nn/backbones/backbone.h"
#include "nn/bbem.h"
#include "nn/gfim.h"
#include "nn/layers.h"
#include "nn/ops/conv.h"

namespace bcnet::nn {

struct BcnetOptions {
  std::string backbone = "efficientnet_lite2";
  std::int64_t channels = 64;           ///< C of CFIS
  std::int64_t boundary_channels = 32;  ///< width of BBEM
  std::int64_t boundary_join = 3;       ///< side of BBEM's joining kernel, 1 or 3
  /// Stochastic depth at the backbone's last block, rising linearly from 0. Training alone needs
  /// it: descriptions leave it out.
  double drop_path_rate = 0.0;
};

/// The options as they stand in a model file's description, and back. from_json throws
/// Error(model) for unknown keys, backbones and values out of range; file is for the message.
Json to_json(const BcnetOptions& options);
BcnetOptions bcnet_options_from_json(const Json& json, const std::string& file);

/// Everything that training supervises, all of it logits on the grid where it arises.
struct BcnetOutputs {
  torch::Tensor logits;               ///< the final mask, [N,1,H,W]
  torch::Tensor boundary;             ///< [N,1,H/4,W/4]
  torch::Tensor location;             ///< [N,1,H/8,W/8]
  std::vector<torch::Tensor> levels;  ///< of CFIS: [N,1,H/8,W/8], H/16, H/32
};

/// Boundary constraint network (Yue et al., IEEE JBHI 2022, doi 10.1109/JBHI.2022.3173948).
/// x: [N,3,H,W] float32 RGB, normalised; H and W multiples of 32.
struct BcnetImpl : torch::nn::Module {
  explicit BcnetImpl(const BcnetOptions& options);

  BcnetOutputs forward(const torch::Tensor& x);
  /// The final mask's logits alone, [N,1,H,W].
  torch::Tensor predict(const torch::Tensor& x);

  BcnetOptions options;
  std::shared_ptr<BackboneImpl> backbone;
  ConvBnRelu reduce3{nullptr}, reduce4{nullptr}, reduce5{nullptr};
  Acfim acfim3{nullptr}, acfim4{nullptr}, acfim5{nullptr};
  Gfim gfim4{nullptr}, gfim3{nullptr};
  Conv2d level3_head{nullptr}, level4_head{nullptr}, level5_head{nullptr};
  Conv2d location_head{nullptr}, mask_head{nullptr};
  Bbem bbem{nullptr};
};
TORCH_MODULE(Bcnet);

/// Which part of the network a parameter belongs to, by its name: "backbone", "cfis", "bbem".
/// The recipe's focus and the reports use it.
std::string module_group(const std::string& parameter_name);

/// Keeps every 4-D parameter in channels-last memory, which convolutions on CPUs want.
void to_channels_last(torch::nn::Module& module);

/// Parameters (not buffers) of a module.
std::int64_t count_parameters(const torch::nn::Module& module);

}  // namespace bcnet::nn
