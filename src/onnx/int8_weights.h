#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onnx/model.h"

namespace bcnet::onnx {

/// A convolution's weights, [C,...], as int8 symmetric for each output channel: weight =
/// scale · value.
struct QuantizedWeights {
  std::vector<std::int8_t> values;
  std::vector<float> scales;  ///< one for each output channel
};

/// How much of int8 the weights take.
enum class WeightRange {
  exact,       ///< what leaves no pair of products that saturates without VNNI (saturation.h)
  full,        ///< -127 to 127
  seven_bits,  ///< -63 to 63
};

struct WeightOptions {
  WeightRange range = WeightRange::full;
  bool depthwise = false;           ///< see weight_pairs
  std::vector<float> least_scales;  ///< a scale is no smaller than these; none: any
  /// The taps of an output and an input channel are rounded such that what their rounding adds up
  /// to is at most half a step: pictures are smooth, so that neighbouring taps see nearly the same
  /// and their errors add up, with the brightness of a picture that no bias can follow.
  bool keep_sums = false;
};

/// Rounds float32 weights to steps that are, for each output channel, as small as the range
/// allows: a 127th (63rd) of the largest magnitude, or, exact, such that the stored weights of no
/// pair sum up to more than ±128.
QuantizedWeights quantize_weights(const Initializer& weights, const WeightOptions& options);

/// Puts the weights of an initializer into the model as int8 beside it, and returns the node that
/// makes float32 of them, for the caller to place. The model must be of opset 13.
Node store_quantized(Model& model, const std::string& weights, const QuantizedWeights& quantized,
                     const std::string& dequantized);

/// Stores the weights of every convolution as int8, each with a DequantizeLinear in front of its
/// readers: a file of a quarter of the size that is computed in float32. Biases and other
/// constants stay. The model must be of opset 13.
void store_weights_as_int8(Model& model);

}  // namespace bcnet::onnx
