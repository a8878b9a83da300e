#pragma once

#include <torch/torch.h>

namespace bcnet::nn {

/// bn as LibTorch has it; in training on a part of a batch (see BatchPart), from tensor operators,
/// with the statistics of the whole batch. bn has weight, bias and running statistics.
/// x: [N,C,H,W] → [N,C,H,W]
torch::Tensor batch_norm(torch::nn::BatchNorm2dImpl& bn, const torch::Tensor& x);

}  // namespace bcnet::nn
