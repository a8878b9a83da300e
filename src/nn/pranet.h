#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "nn/layers.h"
#include "nn/network.h"
#include "nn/pranet_blocks.h"

namespace bcnet::nn {

struct PranetOptions : BackboneChoice {
  std::int64_t channels = 32;  ///< of receptive field blocks and partial decoder
};

/// Parallel reverse attention network (Fan et al., MICCAI 2020, doi 10.1007/978-3-030-59725-2_26):
/// a partial decoder over the three deepest features finds the polyp, three reverse attention
/// branches correct its map from the coarsest level to the finest.
///
/// Submodules are named as in the authors' code (github.com/DengPingFan/PraNet,
/// lib/PraNet_Res2Net.py), "resnet" for the backbone whichever it is: over res2net50_v1b their
/// weight file fits.
struct PranetImpl : SegmentationNetwork {
  explicit PranetImpl(const PranetOptions& options);

  /// location is the partial decoder's map, [N,1,H/8,W/8]; levels are those after the branches at
  /// H/32 and H/16; the one after the branch at H/8, upsampled, is the final mask.
  NetworkOutputs forward(const torch::Tensor& x) override;
  /// "backbone", "decoder" (receptive field blocks and partial decoder), "attention".
  std::string group_of(const std::string& parameter) const override;
  /// The classifier of Res2Net, which the authors' file still holds.
  std::vector<std::string> unused_keys() const override { return {"resnet.fc."}; }

  PranetOptions options;
  ReceptiveFieldBlock rfb2_1{nullptr}, rfb3_1{nullptr}, rfb4_1{nullptr};
  PartialDecoder agg1{nullptr};
  // Reverse attention, from the coarsest level (H/32) to the finest (H/8); the last of each
  // branch gives the correction of the map.
  std::vector<ConvBn> ra4, ra3, ra2;
};
TORCH_MODULE(Pranet);

}  // namespace bcnet::nn
