#pragma once

#include <torch/torch.h>

namespace bcnet::nn {

/// True where pointwise_conv2d takes these: CPU, float32 in channels-last order without mixed
/// precision, gradients recorded. weight: [C',C,1,1], C and C' multiples of 8.
bool pointwise_conv2d_fits(const torch::Tensor& x, const torch::Tensor& weight);

/// 1×1 convolution for training, as matrix products over blocks of pixels that the caches hold.
/// x: [N,C,H,W] channels-last → [N,C',H,W]
torch::Tensor pointwise_conv2d(const torch::Tensor& x, const torch::Tensor& weight);

}  // namespace bcnet::nn
