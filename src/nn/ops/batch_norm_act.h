#pragma once

#include <torch/torch.h>

#include <limits>

#include "nn/ops/norm_statistics.h"

namespace bcnet::nn {

inline constexpr Activation no_activation{};
inline constexpr Activation relu{0.0, std::numeric_limits<double>::infinity()};
inline constexpr Activation relu6{0.0, 6.0};

/// bn, then the activation. In training on the CPU it is one operator of two passes over x
/// forward and two backward, which keeps nothing but x; elsewhere, and in a trace, batch_norm and
/// clamp.
/// x: [N,C,H,W] → [N,C,H,W]
torch::Tensor batch_norm_act(torch::nn::BatchNorm2d& bn, const torch::Tensor& x,
                             const Activation& activation);

}  // namespace bcnet::nn
