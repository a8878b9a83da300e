#pragma once

#include <torch/torch.h>

namespace bcnet::nn {

/// What uint8 with a scale can hold: 256 values from low to high, 0 among them.
struct ValueRange {
  double low = 0;
  double high = 0;
};

/// x rounded as an int8 engine rounds what a convolution reads: to the nearest of the 256 values
/// of a range, which 0 is put into. The gradient passes where x lies within the range
/// (straight-through estimator; Jacob et al., CVPR 2018, section 3). float32 or bfloat16, any
/// shape; x itself for a range of no width.
torch::Tensor fake_quantize(const torch::Tensor& x, const ValueRange& range);

/// A convolution's weight [C,...] rounded as `bcnet quantize` stores it: 255 values, symmetric
/// for each output channel. The gradient passes.
torch::Tensor fake_quantize_weight(const torch::Tensor& weight);

}  // namespace bcnet::nn
