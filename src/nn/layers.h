#pragma once

#include <torch/torch.h>

#include <vector>

#include "nn/ops/conv.h"

namespace bcnet::nn {

struct ConvBnReluOptions {
  ConvBnReluOptions(std::int64_t in, std::int64_t out, std::int64_t kernel_size)
      : in_channels(in), out_channels(out), kernel(kernel_size) {}
  std::int64_t in_channels;
  std::int64_t out_channels;
  std::int64_t kernel;  ///< odd; padding keeps the size
};

/// Convolution without bias, batch norm, ReLU.
/// x: [N,in,H,W] → [N,out,H,W]
struct ConvBnReluImpl : torch::nn::Module {
  explicit ConvBnReluImpl(const ConvBnReluOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

  Conv2d conv{nullptr};
  torch::nn::BatchNorm2d bn{nullptr};
};
TORCH_MODULE(ConvBnRelu);

/// 1×1 convolution with bias: features to the logits of one map.
Conv2d map_head(std::int64_t in_channels);

/// Bilinear resampling (align_corners = false) to a height and width in pixels; x itself
/// where it has that size already.
torch::Tensor resize_bilinear(const torch::Tensor& x, std::int64_t height, std::int64_t width);

/// resize_bilinear to the grid of another map.
torch::Tensor resize_like(const torch::Tensor& x, const torch::Tensor& grid);

}  // namespace bcnet::nn
