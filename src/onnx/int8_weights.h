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

/// Rounds float32 weights to steps of a 127th of each channel's largest magnitude; with
/// reduce_range of a 63rd, so that the weights need 7 bits.
QuantizedWeights quantize_weights(const Initializer& weights, bool reduce_range);

/// Puts the weights of an initializer into the model as int8 beside it, and returns the node that
/// makes float32 of them, for the caller to place. The model must be of opset 13.
Node store_quantized(Model& model, const std::string& weights, const QuantizedWeights& quantized,
                     const std::string& dequantized);

/// Stores the weights of every convolution as int8, each with a DequantizeLinear in front of its
/// readers: a file of a quarter of the size that is computed in float32. Biases and other
/// constants stay. The model must be of opset 13.
void store_weights_as_int8(Model& model);

}  // namespace bcnet::onnx
