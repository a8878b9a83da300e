#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nn/backbones/backbone.h"
#include "nn/ops/conv.h"

namespace bcnet::nn {

struct MbConvOptions {
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  std::int64_t expansion = 1;  ///< hidden channels for each input channel
  std::int64_t kernel = 3;     ///< 3 or 5
  std::int64_t stride = 1;     ///< 1 or 2
  double drop_path_rate = 0.0;
};

/// Mobile inverted bottleneck without squeeze-and-excite: 1×1 expansion (none at expansion 1),
/// depthwise convolution, 1×1 projection; x is added where the shape stays.
/// x: [N,in,H,W] → [N,out,H/stride,W/stride]; H and W even at stride 2.
struct MbConvBlockImpl : torch::nn::Module {
  explicit MbConvBlockImpl(const MbConvOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

  MbConvOptions options;
  Conv2d expand_conv{nullptr}, depthwise_conv{nullptr}, project_conv{nullptr};
  torch::nn::BatchNorm2d bn0{nullptr}, bn1{nullptr}, bn2{nullptr};

 private:
  /// All but the last batch norm and the sum.
  torch::Tensor inside(const torch::Tensor& x);
};
TORCH_MODULE(MbConvBlock);

/// Size of one member of the family.
struct EfficientNetLiteOptions {
  double width = 1.0;  ///< channels of all stages, to multiples of 8; the stem keeps its 32
  double depth = 1.0;  ///< blocks of all stages but the first and last
  double drop_path_rate = 0.0;
};

/// EfficientNet-Lite (the TPU repository's efficientnet/lite, after Tan & Le, ICML 2019): made
/// for int8, with ReLU6 and no squeeze-and-excite. Submodules are named as in the package
/// efficientnet-lite-pytorch, so that its weight files fit; the head is left out.
/// Features are the last blocks of stages 2, 3, 5 and 7.
struct EfficientNetLiteImpl : BackboneImpl {
  explicit EfficientNetLiteImpl(const EfficientNetLiteOptions& options);
  std::array<torch::Tensor, 4> forward(torch::Tensor x) override;
  std::array<std::int64_t, 4> channels() const override { return channels_; }

  Conv2d conv_stem{nullptr};
  torch::nn::BatchNorm2d bn0{nullptr};
  std::vector<MbConvBlock> blocks;

 private:
  std::array<std::int64_t, 4> channels_{};
  std::array<std::size_t, 4> taps_{};  ///< indices into blocks
};

}  // namespace bcnet::nn
