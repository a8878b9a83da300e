#include "quantize/bias_correction.h"

namespace bcnet::quantize {

std::vector<float> corrected_bias(std::vector<float> bias, const onnx::Initializer& weights,
                                  const onnx::QuantizedWeights& quantized,
                                  const std::vector<double>& channel_means) {
  const std::vector<float> values = onnx::float_values(weights);
  const auto outputs = static_cast<std::size_t>(weights.dims[0]);
  const auto inputs = static_cast<std::size_t>(weights.dims[1]);  // of one group
  const std::size_t taps = values.size() / (outputs * inputs);
  const std::size_t groups = channel_means.size() / inputs;
  for (std::size_t c = 0; c < outputs; ++c) {
    const std::size_t first_input = c / (outputs / groups) * inputs;
    double shift = 0;
    for (std::size_t i = 0; i < inputs; ++i) {
      double error = 0;
      for (std::size_t t = 0; t < taps; ++t) {
        const std::size_t at = (c * inputs + i) * taps + t;
        error += static_cast<double>(quantized.values[at]) * quantized.scales[c] - values[at];
      }
      shift += error * channel_means[first_input + i];
    }
    bias[c] -= static_cast<float>(shift);
  }
  return bias;
}

}  // namespace bcnet::quantize
