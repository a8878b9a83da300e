#pragma once

#include <torch/torch.h>

namespace bcnet::nn {

/// Stochastic depth: leaves a residual branch out for each image with probability rate and
/// scales the others by 1/(1 - rate), so that the mean stays. branch itself where training is
/// false or rate is 0. Draws from the default generator of the branch's device, for each image of
/// the whole batch where this is a part of one (see BatchPart).
/// branch: [N,C,H,W] → [N,C,H,W]
torch::Tensor drop_path(const torch::Tensor& branch, double rate, bool training);

/// Normal weights with variance 2 / fan_out, where fan_out counts one group's outputs: a
/// depthwise kernel starts as strong as a dense one. conv has no bias.
void init_conv(torch::nn::Conv2dImpl& conv);

/// Throws Error(usage) unless x is [N,3,H,W] with H and W multiples of 32.
void check_backbone_input(const torch::Tensor& x);

}  // namespace bcnet::nn
