#pragma once

#include <torch/torch.h>

#include "nn/layers.h"
#include "nn/ops/conv.h"

namespace bcnet::nn {

struct BbemOptions {
  BbemOptions(std::int64_t shallow, std::int64_t deep, std::int64_t width,
              std::int64_t joining_kernel)
      : shallow_channels(shallow),
        deep_channels(deep),
        channels(width),
        join_kernel(joining_kernel) {}
  std::int64_t shallow_channels;  ///< of f2
  std::int64_t deep_channels;     ///< C of CFIS
  std::int64_t channels;          ///< width inside
  std::int64_t join_kernel;       ///< side of the convolution over both sides and the deep feature
};

struct BbemOutputs {
  torch::Tensor boundary;  ///< logits of the boundary, [N,1,H/4,W/4]
  torch::Tensor feature;   ///< for the final mask, [N,channels,H/4,W/4]
};

/// Bilateral boundary extraction module (Yue et al., JBHI 2022): the shallow feature s seen
/// inside (p·s) and outside ((1−p)·s) of the polyp that the deep features located, joined
/// with the upsampled deep feature. Which of the two is multiplied is our reading:
/// docs/decisions/0005-readings-of-the-paper.md.
struct BbemImpl : torch::nn::Module {
  explicit BbemImpl(const BbemOptions& options);
  /// shallow: [N,shallow_channels,H/4,W/4], deep: [N,deep_channels,H/8,W/8],
  /// location: logits [N,1,H/8,W/8]
  BbemOutputs forward(const torch::Tensor& shallow, const torch::Tensor& deep,
                      const torch::Tensor& location);

  ConvBnRelu reduce_shallow{nullptr}, reduce_deep{nullptr}, inside{nullptr}, outside{nullptr},
      join{nullptr}, refine{nullptr};
  Conv2d boundary_head{nullptr};
};
TORCH_MODULE(Bbem);

}  // namespace bcnet::nn
