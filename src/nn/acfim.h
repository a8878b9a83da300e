#pragma once

#include <torch/torch.h>

#include "nn/layers.h"
#include "nn/ops/conv.h"

namespace bcnet::nn {

struct AcfimOptions {
  explicit AcfimOptions(std::int64_t c) : channels(c) {}
  std::int64_t channels;             ///< C of all three inputs
  std::int64_t query_reduction = 8;  ///< queries and keys have C / query_reduction channels
  bool background = true;            ///< false leaves the background out, parameters and all
  bool normalized = true;            ///< false leaves out the background's 1/(K−1)
};

/// Attention-driven cross-layer feature interaction module (Yue et al., JBHI 2022).
///
/// q = conv1×1(f1), k = conv1×1(f2), v1 = conv1×1(f2), v2 = conv1×1(f3) on f2's grid,
/// A = softmax(qᵀk / √d) over the K keys, d channels of q;
/// foreground γ_fg · v1 Aᵀ + f1; background γ_bg · v2 (1−A)ᵀ / (K−1) + f1;
/// result conv3×3-BN-ReLU(foreground + background). Both γ start at 0. Without a background the
/// result is conv3×3-BN-ReLU(foreground).
///
/// The scales 1/√d and 1/(K−1), one γ for each branch and f3's resampling are our readings:
/// docs/decisions/0005-readings-of-the-paper.md.
struct AcfimImpl : torch::nn::Module {
  explicit AcfimImpl(const AcfimOptions& options);
  /// f1: [N,C,H1,W1] the level itself; f2: [N,C,H2,W2] and f3: [N,C,H3,W3] the two others
  /// → [N,C,H1,W1]
  torch::Tensor forward(const torch::Tensor& f1, const torch::Tensor& f2, const torch::Tensor& f3);

  AcfimOptions options;
  Conv2d query{nullptr}, key{nullptr}, value_foreground{nullptr}, value_background{nullptr};
  torch::Tensor gamma_foreground, gamma_background;
  ConvBnRelu fuse{nullptr};
};
TORCH_MODULE(Acfim);

}  // namespace bcnet::nn
