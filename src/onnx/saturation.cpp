#include "onnx/saturation.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace bcnet::onnx {

namespace {

/// Who makes each value.
std::map<std::string, const Node*> producers_of(const Model& model) {
  std::map<std::string, const Node*> producers;
  for (const Node& node : model.nodes) {
    for (const std::string& output : node.outputs) {
      producers[output] = &node;
    }
  }
  return producers;
}

const Initializer* constant(const Model& model, const Node& node, std::size_t input) {
  const auto found = node.inputs.size() > input ? model.initializers.find(node.inputs[input])
                                                : model.initializers.end();
  return found == model.initializers.end() ? nullptr : &found->second;
}

/// Stored values less their zero points; none where they are not of 8 bits.
std::vector<int> stored_values(const Initializer& weights, const Initializer* zero_point) {
  const bool is_signed = weights.type == DataType::int8;
  if ((!is_signed && weights.type != DataType::uint8) || weights.dims.empty() ||
      weights.dims.front() < 1) {
    return {};
  }
  const auto value = [is_signed](char byte) {
    return is_signed ? int{static_cast<std::int8_t>(byte)} : int{static_cast<std::uint8_t>(byte)};
  };
  const std::string zeros = zero_point == nullptr ? std::string(1, '\0') : zero_point->bytes;
  const std::size_t channels = static_cast<std::size_t>(weights.dims.at(0));
  const std::size_t each = std::max<std::size_t>(1, weights.bytes.size() / channels);
  std::vector<int> values(weights.bytes.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = value(weights.bytes[i]) - value(zeros[zeros.size() == channels ? i / each : 0]);
  }
  return values;
}

}  // namespace

std::vector<WeightPair> weight_pairs(std::size_t inputs, std::size_t taps, bool depthwise) {
  std::vector<WeightPair> pairs;
  if (depthwise) {
    return pairs;
  }
  for (std::size_t i = 0; i + 1 < inputs; i += 2) {
    for (std::size_t t = 0; t < taps; ++t) {
      pairs.push_back({i * taps + t, (i + 1) * taps + t});
    }
  }
  if (inputs % 2 == 1) {
    const auto index = [&](std::size_t k) { return k % inputs * taps + k / inputs; };
    for (std::size_t k = 0; k + 1 < inputs * taps; k += 2) {
      pairs.push_back({index(k), index(k + 1)});
    }
  }
  return pairs;
}

bool is_depthwise(const Node& convolution, const Initializer& weights) {
  const auto group = convolution.attributes.find("group");
  return group != convolution.attributes.end() && weights.dims.size() > 1 && weights.dims[1] == 1 &&
         weights.dims[0] > 1 && std::get<std::int64_t>(group->second) == weights.dims[0];
}

std::vector<const Node*> saturating_convolutions(const Model& model) {
  const auto producers = producers_of(model);
  const auto dequantized = [&](const Node& node, std::size_t input) -> const Node* {
    const auto found =
        node.inputs.size() > input ? producers.find(node.inputs[input]) : producers.end();
    return found != producers.end() && found->second->op == "DequantizeLinear" ? found->second
                                                                               : nullptr;
  };
  std::vector<const Node*> found;
  for (const Node& node : model.nodes) {
    const Node* input = dequantized(node, 0);
    const Node* weights = dequantized(node, 1);
    if (node.op != "Conv" || input == nullptr || weights == nullptr) {
      continue;
    }
    const Initializer* stored = constant(model, *weights, 0);
    const Initializer* input_zero = constant(model, *input, 2);
    if (stored == nullptr || stored->dims.size() < 2 ||
        (input_zero != nullptr && input_zero->type != DataType::uint8)) {
      continue;
    }
    const std::vector<int> values = stored_values(*stored, constant(model, *weights, 2));
    const auto channels = static_cast<std::size_t>(stored->dims[0]);
    const auto inputs = static_cast<std::size_t>(stored->dims[1]);
    const std::size_t each = values.size() / std::max<std::size_t>(1, channels);
    const auto pairs =
        weight_pairs(inputs, each / std::max<std::size_t>(1, inputs), is_depthwise(node, *stored));
    bool saturates = false;
    for (std::size_t c = 0; c < channels && !saturates; ++c) {
      saturates = std::any_of(pairs.begin(), pairs.end(), [&](const WeightPair& pair) {
        return std::abs(values[c * each + pair.first] + values[c * each + pair.second]) >
               largest_exact_pair;
      });
    }
    if (saturates) {
      found.push_back(&node);
    }
  }
  return found;
}

}  // namespace bcnet::onnx
