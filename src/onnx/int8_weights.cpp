#include "onnx/int8_weights.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "onnx/saturation.h"

namespace bcnet::onnx {

namespace {

/// Largest magnitude of the sum of a pair.
float largest_sum(const float* values, const std::vector<WeightPair>& pairs) {
  float largest = 0;
  for (const WeightPair& pair : pairs) {
    largest = std::max(largest, std::abs(values[pair.first] + values[pair.second]));
  }
  return largest;
}

/// Moves taps by a step, those first that lie nearest to the next one, until the rounding of their
/// sum is at most half a step. exact: in steps, not rounded.
void keep_sum(const float* exact, float* stored, std::size_t taps, float most) {
  const auto error = [&](std::size_t t) { return exact[t] - stored[t]; };
  float sum = 0;
  for (std::size_t t = 0; t < taps; ++t) {
    sum += error(t);
  }
  for (auto steps = std::lround(std::abs(sum)); steps > 0; --steps) {
    const float step = std::copysign(1.0F, sum);
    std::size_t best = taps;
    for (std::size_t t = 0; t < taps; ++t) {
      const bool fits = std::abs(stored[t] + step) <= most;
      if (fits && (best == taps || error(t) * step > error(best) * step)) {
        best = t;
      }
    }
    if (best == taps) {
      return;
    }
    stored[best] += step;
  }
}

}  // namespace

QuantizedWeights quantize_weights(const Initializer& weights, const WeightOptions& options) {
  const std::vector<float> values = float_values(weights);
  const auto channels = static_cast<std::size_t>(weights.dims.at(0));
  const std::size_t each = values.size() / channels;
  const float most = options.range == WeightRange::seven_bits ? 63.0F : 127.0F;
  const auto inputs = static_cast<std::size_t>(weights.dims.at(1));
  const std::size_t taps = each / inputs;
  std::vector<WeightPair> pairs;
  if (options.range == WeightRange::exact) {
    pairs = weight_pairs(inputs, taps, options.depthwise);
  }
  QuantizedWeights result;
  std::vector<float> exact(each), stored(each);
  for (std::size_t c = 0; c < channels; ++c) {
    const float* channel = &values[c * each];
    float scale = 0;
    for (std::size_t i = 0; i < each; ++i) {
      scale = std::max(scale, std::abs(channel[i]) / most);
    }
    scale = std::max(scale, largest_sum(channel, pairs) / largest_exact_pair);
    if (!options.least_scales.empty()) {
      scale = std::max(scale, options.least_scales[c]);
    }
    scale = scale > 0 ? scale : 1.0F;
    // A pair may come out one beyond: of two halves, or of taps that were moved.
    constexpr float coarser = 1.002F;
    for (bool fits = false; !fits; scale *= fits ? 1.0F : coarser) {
      for (std::size_t i = 0; i < each; ++i) {
        exact[i] = channel[i] / scale;
        stored[i] = std::clamp(std::nearbyint(exact[i]), -most, most);
      }
      if (options.keep_sums) {
        for (std::size_t i = 0; i < each; i += taps) {
          keep_sum(&exact[i], &stored[i], taps, most);
        }
      }
      fits = largest_sum(stored.data(), pairs) <= largest_exact_pair;
    }
    result.scales.push_back(scale);
    result.values.insert(result.values.end(), stored.begin(), stored.end());
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
          model, name, quantize_weights(model.initializers.at(name), {}), entry->second));
    }
    node.inputs[1] = entry->second;
  }
  model.nodes.insert(model.nodes.begin(), stored.begin(), stored.end());
  remove_unused(model);
}

}  // namespace bcnet::onnx
