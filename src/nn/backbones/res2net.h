#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nn/backbones/backbone.h"
#include "nn/ops/conv.h"

namespace bcnet::nn {

struct Res2NetBlockOptions {
  std::int64_t in_channels = 0;
  std::int64_t planes = 0;  ///< the block gives 4 · planes channels
  std::int64_t stride = 1;
  bool first = false;  ///< of its stage: the groups stay apart and the shortcut is a projection
  double drop_path_rate = 0.0;
};

/// Bottleneck whose middle is split into four groups of channels (Gao et al., TPAMI 2021,
/// figure 2): each but the last goes through a 3×3 convolution, and is added to the next first.
/// x: [N,in,H,W] → [N,4·planes,H/stride,W/stride]
struct Res2NetBlockImpl : torch::nn::Module {
  explicit Res2NetBlockImpl(const Res2NetBlockOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

  Res2NetBlockOptions options;
  std::int64_t width;  ///< channels of one group
  Conv2d conv1{nullptr}, conv3{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr}, bn3{nullptr};
  std::vector<Conv2d> convs;
  std::vector<torch::nn::BatchNorm2d> bns;
  torch::nn::Sequential downsample{nullptr};
};
TORCH_MODULE(Res2NetBlock);

/// Res2Net-50 v1b, 26w×4s: deep stem, and average pooling in the shortcuts. Submodules are named
/// as in the authors' code (github.com/Res2Net), so that their weight file fits; the classifier
/// is left out. Features are the outputs of the four stages.
struct Res2NetImpl : BackboneImpl {
  explicit Res2NetImpl(const BackboneOptions& options);
  std::array<torch::Tensor, 4> forward(torch::Tensor x) override;
  std::array<std::int64_t, 4> channels() const override { return {256, 512, 1024, 2048}; }

  torch::nn::Sequential conv1{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr};
  std::array<torch::nn::Sequential, 4> layers{nullptr, nullptr, nullptr, nullptr};
};

}  // namespace bcnet::nn
