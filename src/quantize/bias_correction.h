#pragma once

#include <vector>

#include "onnx/int8_weights.h"

namespace bcnet::quantize {

/// A convolution's bias without what the rounding of its weights [C,I,...] adds to its outputs on
/// the average: b − Σ (ŵ − w) · E[x] (Nagel et al., ICCV 2019, section 4.2), E[x] the mean of each
/// input channel over the calibration images.
std::vector<float> corrected_bias(std::vector<float> bias, const onnx::Initializer& weights,
                                  const onnx::QuantizedWeights& quantized,
                                  const std::vector<double>& channel_means);

}  // namespace bcnet::quantize
