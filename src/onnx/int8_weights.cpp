#include "onnx/int8_weights.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace bcnet::onnx {

QuantizedWeights quantize_weights(const Initializer& weights, bool reduce_range) {
  const std::vector<float> values = float_values(weights);
  const auto channels = static_cast<std::size_t>(weights.dims.at(0));
  const std::size_t each = values.size() / channels;
  const float most = reduce_range ? 63.0F : 127.0F;
  QuantizedWeights result;
  for (std::size_t c = 0; c < channels; ++c) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(c * each);
    float largest = 0;
    for (std::size_t i = 0; i < each; ++i) {
      largest = std::max(largest, std::abs(first[static_cast<std::ptrdiff_t>(i)]));
    }
    const float scale = largest > 0 ? largest / most : 1.0F;
    result.scales.push_back(scale);
    for (std::size_t i = 0; i < each; ++i) {
      const float stored = std::nearbyint(first[static_cast<std::ptrdiff_t>(i)] / scale);
      result.values.push_back(static_cast<std::int8_t>(std::clamp(stored, -most, most)));
    }
  }
  return result;
}

Node store_quantized(Model& model, const std::string& weights, const QuantizedWeights& quantized,
                     const std::string& dequantized) {
  const std::vector<std::int64_t> dims = model.initializers.at(weights).dims;
  const auto add = [&](const char* suffix, std::vector<std::int64_t> shape, const auto& values) {
    std::string name = weights + suffix;
    model.initializers[name] = make_initializer(name, std::move(shape), values);
    return name;
  };
  return {"DequantizeLinear",
          weights + ":DequantizeLinear",
          {add(":int8", dims, quantized.values), add(":scale", {dims.at(0)}, quantized.scales),
           add(":zero_point", {dims[0]}, std::vector<std::int8_t>(quantized.scales.size(), 0))},
          {dequantized},
          {{"axis", std::int64_t{0}}}};
}

void store_weights_as_int8(Model& model) {
  std::vector<Node> stored;
  std::map<std::string, std::string> renamed;
  for (Node& node : model.nodes) {
    if (node.op != "Conv" || model.initializers.count(node.inputs[1]) == 0) {
      continue;
    }
    const std::string name = node.inputs[1];
    const auto [entry, is_new] = renamed.emplace(name, name + ":dequantized");
    if (is_new) {
      stored.push_back(store_quantized(
          model, name, quantize_weights(model.initializers.at(name), false), entry->second));
    }
    node.inputs[1] = entry->second;
  }
  model.nodes.insert(model.nodes.begin(), stored.begin(), stored.end());
  remove_unused(model);
}

}  // namespace bcnet::onnx
