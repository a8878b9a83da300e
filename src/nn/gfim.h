#pragma once

#include <torch/torch.h>

#include "nn/layers.h"
#include "nn/ops/conv.h"

namespace bcnet::nn {

struct GfimOptions {
  explicit GfimOptions(std::int64_t c) : channels(c) {}
  std::int64_t channels;
  std::int64_t gate_reduction = 4;  ///< the gate's hidden layer has C / gate_reduction units
};

/// Global feature integration module (Yue et al., JBHI 2022): conv3×3-BN-ReLU on the deeper
/// feature, weighed channel by channel with GAP → FC → ReLU → FC → sigmoid, upsampled and
/// added to the shallower one.
struct GfimImpl : torch::nn::Module {
  explicit GfimImpl(const GfimOptions& options);
  /// deep: [N,C,h,w], shallow: [N,C,H,W] → [N,C,H,W]
  torch::Tensor forward(const torch::Tensor& deep, const torch::Tensor& shallow);

  ConvBnRelu conv{nullptr};
  Conv2d squeeze{nullptr}, excite{nullptr};  // FC layers as 1×1 convolutions
};
TORCH_MODULE(Gfim);

}  // namespace bcnet::nn
