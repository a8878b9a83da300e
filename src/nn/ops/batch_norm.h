#pragma once

#include <torch/torch.h>

namespace bcnet::nn {

/// bn as LibTorch has it; in training on a part of a batch (see BatchPart), from tensor operators,
/// with the statistics of the whole batch. bn has weight, bias and running statistics.
/// x: [N,C,H,W] → [N,C,H,W]
torch::Tensor batch_norm(torch::nn::BatchNorm2dImpl& bn, const torch::Tensor& x);

/// torch::nn::BatchNorm2d by batch_norm, for modules that call theirs without batch_norm_act.
struct BatchNorm2dImpl : torch::nn::BatchNorm2dImpl {
  using torch::nn::BatchNorm2dImpl::BatchNorm2dImpl;
  torch::Tensor forward(const torch::Tensor& x) { return batch_norm(*this, x); }
};
TORCH_MODULE(BatchNorm2d);

}  // namespace bcnet::nn
