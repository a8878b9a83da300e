#include "quantize/bias_correction.h"

#include "onnx/int8_weights.h"

namespace bcnet::quantize {

void correct_biases(onnx::Model& model, const Plan& plan,
                    const std::map<std::string, std::vector<double>>& channel_means,
                    bool reduce_range) {
  for (const std::size_t index : plan.nodes) {
    const onnx::Node& node = model.nodes[index];
    const onnx::Initializer& weights = model.initializers.at(node.inputs[1]);
    onnx::Initializer& bias = model.initializers.at(node.inputs[2]);
    const std::vector<double>& means = channel_means.at(node.inputs[0]);
    const std::vector<float> values = onnx::float_values(weights);
    const onnx::QuantizedWeights quantized = onnx::quantize_weights(weights, reduce_range);
    std::vector<float> corrected = onnx::float_values(bias);

    const auto outputs = static_cast<std::size_t>(weights.dims[0]);
    const auto inputs = static_cast<std::size_t>(weights.dims[1]);  // of one group
    const std::size_t taps = values.size() / (outputs * inputs);
    const std::size_t groups = means.size() / inputs;
    for (std::size_t c = 0; c < outputs; ++c) {
      const std::size_t first_input = c / (outputs / groups) * inputs;
      double shift = 0;
      for (std::size_t i = 0; i < inputs; ++i) {
        double error = 0;
        for (std::size_t t = 0; t < taps; ++t) {
          const std::size_t at = (c * inputs + i) * taps + t;
          error += static_cast<double>(quantized.values[at]) * quantized.scales[c] - values[at];
        }
        shift += error * means[first_input + i];
      }
      corrected[c] -= static_cast<float>(shift);
    }
    bias = onnx::make_initializer(bias.name, bias.dims, corrected);
  }
}

}  // namespace bcnet::quantize
