#pragma once

#include <torch/torch.h>

#include <array>
#include <string>

#include "nn/layers.h"
#include "nn/network.h"
#include "nn/ops/conv.h"

namespace bcnet::nn {

struct UnetOptions {
  std::int64_t base = 64;  ///< channels of the finest level; each coarser one has twice as many
};

/// U-Net (Ronneberger et al., MICCAI 2015) as comparisons use it at 34.5 M parameters: five levels,
/// pairs of 3×3 conv-BN-ReLU with bias and padding, nearest upsampling with a 3×3 conv-BN-ReLU on
/// the way up. One output is supervised.
struct UnetImpl : SegmentationNetwork {
  explicit UnetImpl(const UnetOptions& options);

  /// The final mask alone.
  NetworkOutputs forward(const torch::Tensor& x) override;
  /// "encoder", "decoder".
  std::string group_of(const std::string& parameter) const override;

  UnetOptions options;
  // From the finest level to the coarsest. Level i of the decoder joins level i of the encoder.
  std::array<torch::nn::Sequential, 5> encoders{nullptr, nullptr, nullptr, nullptr, nullptr};
  std::array<ConvBnRelu, 4> ups{nullptr, nullptr, nullptr, nullptr};
  std::array<torch::nn::Sequential, 4> decoders{nullptr, nullptr, nullptr, nullptr};
  Conv2d head{nullptr};
};
TORCH_MODULE(Unet);

}  // namespace bcnet::nn
