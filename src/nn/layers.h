#pragma once

#include <torch/torch.h>

#include <vector>

#include "nn/ops/conv.h"

namespace bcnet::nn {

struct ConvBnOptions {
  ConvBnOptions(std::int64_t in, std::int64_t out, std::int64_t kernel_size)
      : ConvBnOptions(in, out, kernel_size, kernel_size) {}
  ConvBnOptions(std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width)
      : in_channels(in), out_channels(out), kernel_height(height), kernel_width(width) {}
  std::int64_t in_channels;
  std::int64_t out_channels;
  std::int64_t kernel_height, kernel_width;  ///< odd; padding keeps the size
  std::int64_t dilation = 1;
  bool bias = false;  ///< of the convolution, which the batch norm makes idle
};

/// Convolution, batch norm.
/// x: [N,in,H,W] → [N,out,H,W]
struct ConvBnImpl : torch::nn::Module {
  explicit ConvBnImpl(const ConvBnOptions& options);
  torch::Tensor forward(const torch::Tensor& x);
  /// The same with a ReLU.
  torch::Tensor activated(const torch::Tensor& x);

  Conv2d conv{nullptr};
  torch::nn::BatchNorm2d bn{nullptr};
};
TORCH_MODULE(ConvBn);

using ConvBnReluOptions = ConvBnOptions;

/// Convolution, batch norm, ReLU.
/// x: [N,in,H,W] → [N,out,H,W]
struct ConvBnReluImpl : ConvBnImpl {
  using ConvBnImpl::ConvBnImpl;
  torch::Tensor forward(const torch::Tensor& x) { return activated(x); }
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
