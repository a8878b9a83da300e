#pragma once

#include <torch/torch.h>

#include "nn/ops/norm_statistics.h"

namespace bcnet::nn {

struct DepthwiseOptions {
  std::int64_t stride = 1;
  std::int64_t pad_before = 0;  ///< zeros above and on the left
  std::int64_t pad_after = 0;   ///< zeros below and on the right
};

/// True where depthwise_conv2d takes these: CPU, float32 or bfloat16 in channels-last order,
/// 3×3 or 5×5, gradients recorded. LibTorch's own convolution is the one to use elsewhere, and
/// the one that a trace needs.
bool depthwise_conv2d_fits(const torch::Tensor& x, const torch::Tensor& weight);

/// Depthwise convolution for training. The padding costs nothing, and the backward takes about
/// as long as the forward, where LibTorch's needs 5 to 90 times that
/// (docs/results/training-speed.md). x: [N,C,H,W] channels-last, weight: [C,1,k,k] float32 →
/// [N,C,H',W'] of x's type.
torch::Tensor depthwise_conv2d(const torch::Tensor& x, const torch::Tensor& weight,
                               const DepthwiseOptions& options);

/// Batch norm and activation, a depthwise convolution, batch norm and activation, where
/// depthwise_conv2d_fits and trains_here both: as the operators one after the other, with half of
/// their ways through memory. What lies before and behind the convolution is computed where it is
/// read, and each sum of a batch norm where its values are made. before: null where x is to be
/// read as it is.
torch::Tensor norm_depthwise_norm(const torch::Tensor& x, torch::nn::BatchNorm2d* before,
                                  const torch::Tensor& weight, const DepthwiseOptions& options,
                                  torch::nn::BatchNorm2d& after, const Activation& activation);

}  // namespace bcnet::nn
