#pragma once

#include <torch/torch.h>

#include <string>

#include "nn/acfim.h"
#include "nn/bbem.h"
#include "nn/gfim.h"
#include "nn/layers.h"
#include "nn/network.h"
#include "nn/ops/conv.h"

namespace bcnet::nn {

struct BcnetOptions : BackboneChoice {
  std::int64_t channels = 64;           ///< C of CFIS
  std::int64_t boundary_channels = 32;  ///< width of BBEM
  std::int64_t boundary_join = 3;       ///< side of BBEM's joining kernel, 1 or 3
  // For ablations: the network without one of its parts.
  std::string acfim = "full";  ///< full; foreground: no background branch; unnormalized: the
                               ///< article's background, without 1/(K−1); none: levels go on as
                               ///< they are
  bool gfim = true;            ///< false: levels are resampled and added, no more
  bool bbem = true;            ///< false: the location map is the final mask, and there is no
                               ///< boundary
};

/// Boundary constraint network (Yue et al., IEEE JBHI 2022, doi 10.1109/JBHI.2022.3173948).
struct BcnetImpl : SegmentationNetwork {
  explicit BcnetImpl(const BcnetOptions& options);

  /// boundary: [N,1,H/4,W/4], location: [N,1,H/8,W/8], levels of CFIS: H/8, H/16, H/32.
  NetworkOutputs forward(const torch::Tensor& x) override;
  /// "backbone", "cfis", "bbem" (with the final mask's head).
  std::string group_of(const std::string& parameter) const override;

  BcnetOptions options;
  ConvBnRelu reduce3{nullptr}, reduce4{nullptr}, reduce5{nullptr};
  Acfim acfim3{nullptr}, acfim4{nullptr}, acfim5{nullptr};
  Gfim gfim4{nullptr}, gfim3{nullptr};
  Conv2d level3_head{nullptr}, level4_head{nullptr}, level5_head{nullptr};
  Conv2d location_head{nullptr}, mask_head{nullptr};
  Bbem bbem{nullptr};
};
TORCH_MODULE(Bcnet);

}  // namespace bcnet::nn
