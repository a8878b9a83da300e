#pragma once

#include <torch/torch.h>

#include <map>
#include <string>

#include "nn/ops/fake_quantize.h"

namespace bcnet::nn {

/// torch::nn::Conv2d that can be trained for int8: with rounding on, its weight and what it reads
/// are rounded as the quantised model will round them. The input's range is the moving average
/// of the batches' own; it is no buffer, so that weight files stay as they are.
struct Conv2dImpl : torch::nn::Conv2dImpl {
  using torch::nn::Conv2dImpl::Conv2dImpl;
  torch::Tensor forward(const torch::Tensor& x);

  /// x as this convolution reads it. In training, and frozen within a network that trains, it
  /// moves the range.
  torch::Tensor read(const torch::Tensor& x);
  /// The weight as this convolution uses it.
  torch::Tensor used_weight() const;

  bool rounding = false;
  bool frozen = false;  ///< in evaluation mode, while what it reads is of a network that trains
  bool has_range = false;
  ValueRange range;
};
TORCH_MODULE(Conv2d);

/// Switches rounding for all convolutions of a network; what it was switched to already keeps
/// its ranges.
void set_rounding(torch::nn::Module& network, bool on);

/// The input ranges of a network's rounding convolutions by module name, for a checkpoint.
std::map<std::string, ValueRange> rounding_ranges(const torch::nn::Module& network);

/// Takes ranges back; names that are no convolutions are passed over.
void restore_rounding_ranges(torch::nn::Module& network,
                             const std::map<std::string, ValueRange>& ranges);

}  // namespace bcnet::nn
