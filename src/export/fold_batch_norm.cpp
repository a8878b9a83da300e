#include "export/fold_batch_norm.h"

#include <cmath>

namespace bcnet::onnx {

namespace {

struct Affine {
  std::vector<double> scale, shift;  ///< of each channel
};

/// What a BatchNormalization node does; empty where its statistics are no constants.
Affine affine_of(const Model& model, const Node& norm) {
  std::vector<std::vector<float>> values;
  for (std::size_t i = 1; i < 5; ++i) {
    const auto found = model.initializers.find(norm.inputs[i]);
    if (found == model.initializers.end()) {
      return {};
    }
    values.push_back(float_values(found->second));
  }
  const double epsilon = std::get<float>(norm.attributes.at("epsilon"));
  Affine affine;
  for (std::size_t c = 0; c < values[0].size(); ++c) {
    const double scale = values[0][c] / std::sqrt(static_cast<double>(values[3][c]) + epsilon);
    affine.scale.push_back(scale);
    affine.shift.push_back(values[1][c] - values[2][c] * scale);
  }
  return affine;
}

/// The Conv with the norm in it; false where its own tensors are no constants. Two Convs may
/// share a weight, so the folded tensors get names of their own.
bool fold(Model& model, Node& conv, const Affine& affine) {
  const auto weight = model.initializers.find(conv.inputs[1]);
  const bool has_bias = conv.inputs.size() > 2;
  const auto bias = has_bias ? model.initializers.find(conv.inputs[2]) : model.initializers.end();
  if (affine.scale.empty() || weight == model.initializers.end() ||
      (has_bias && bias == model.initializers.end())) {
    return false;
  }
  const std::size_t channels = affine.scale.size();
  std::vector<float> weights = float_values(weight->second);
  std::vector<float> biases = has_bias ? float_values(bias->second) : std::vector<float>(channels);
  const std::size_t each = weights.size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = c * each; i < (c + 1) * each; ++i) {
      weights[i] = static_cast<float>(weights[i] * affine.scale[c]);
    }
    biases[c] = static_cast<float>(biases[c] * affine.scale[c] + affine.shift[c]);
  }
  const std::vector<std::int64_t> dims = weight->second.dims;
  conv.inputs.resize(3);
  conv.inputs[1] = conv.name + ":weight";
  conv.inputs[2] = conv.name + ":bias";
  model.initializers[conv.inputs[1]] = make_initializer(conv.inputs[1], dims, weights);
  model.initializers[conv.inputs[2]] =
      make_initializer(conv.inputs[2], {static_cast<std::int64_t>(channels)}, biases);
  return true;
}

}  // namespace

void fold_batch_norm(Model& model) {
  const auto consumers = consumers_of(model);
  for (Node& conv : model.nodes) {
    if (conv.op != "Conv" || is_output(model, conv.outputs[0])) {
      continue;
    }
    const auto readers = consumers.find(conv.outputs[0]);
    if (readers == consumers.end() || readers->second.size() != 1) {
      continue;
    }
    Node& norm = model.nodes[readers->second.front()];
    if (norm.op == "BatchNormalization" && fold(model, conv, affine_of(model, norm))) {
      // The norm, now without a reader of its own, goes in remove_unused().
      conv.outputs[0].swap(norm.outputs[0]);
    }
  }
  remove_unused(model);
}

}  // namespace bcnet::onnx
