#include "quantize/insert.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "onnx/saturation.h"
#include "quantize/bias_correction.h"

namespace bcnet::quantize {

namespace {

using onnx::Model;
using onnx::Node;

// Half of int32: engines begin a sum of products with the bias, and the products need room too.
constexpr double largest_bias = 1 << 30;

std::optional<float> scalar(const Model& model, const Node& node, std::size_t input) {
  if (node.inputs.size() <= input) {
    return std::nullopt;
  }
  const auto found = model.initializers.find(node.inputs[input]);
  if (found == model.initializers.end() || found->second.type != onnx::DataType::float32) {
    return std::nullopt;
  }
  return onnx::float_values(found->second).at(0);
}

class Inserter {
 public:
  Inserter(const Model& model, const Plan& plan, const std::map<std::string, Range>& ranges,
           const InsertOptions& options)
      : source_(model), ranges_(ranges), options_(options), result_(model) {
    planned_.insert(plan.nodes.begin(), plan.nodes.end());
    for (std::size_t i = 0; i < model.nodes.size(); ++i) {
      for (const std::string& output : model.nodes[i].outputs) {
        producers_[output] = i;
      }
    }
    for (const std::size_t node : plan.nodes) {
      leave_room_for_bias(model.nodes[node]);
    }
    consumers_ = onnx::consumers_of(model);
    result_.nodes.clear();
  }

  Model run() {
    for (std::size_t i = 0; i < source_.nodes.size(); ++i) {
      Node node = source_.nodes[i];
      if (planned_.count(i) > 0) {
        const Affine input = affine_of(ranges_.at(node.inputs[0]));
        const onnx::QuantizedWeights stored = quantized_weights(node);
        bias(node, input.scale, stored);
        weights(node.inputs[1], stored);
        activation(node.inputs[0], input);
      }
      result_.nodes.push_back(std::move(node));
    }
    onnx::remove_unused(result_);
    return std::move(result_);
  }

 private:
  template <typename T>
  std::string constant(const std::string& name, std::vector<std::int64_t> dims,
                       const std::vector<T>& values) {
    result_.initializers[name] = onnx::make_initializer(name, std::move(dims), values);
    return name;
  }

  /// What Q reads: the value, or what goes into its Relu or Clip where Q cuts off the same.
  std::string without_activation(const std::string& value) const {
    const auto producer = producers_.find(value);
    if (producer == producers_.end() || onnx::is_output(source_, value)) {
      return value;
    }
    const auto& readers = consumers_.at(value);
    const bool only_planned = std::all_of(readers.begin(), readers.end(), [&](std::size_t reader) {
      return planned_.count(reader) > 0;
    });
    const Node& node = source_.nodes[producer->second];
    const Affine affine = affine_of(ranges_.at(value));
    if (!only_planned || affine.zero_point != 0) {
      return value;
    }
    if (node.op == "Relu") {
      return node.inputs[0];
    }
    if (node.op == "Clip") {
      const auto low = scalar(source_, node, 1), high = scalar(source_, node, 2);
      // The scale is rounded: the end may lie a part in a million beyond.
      if (low == 0.0F && high && 255 * affine.scale <= *high * (1 + 1e-6F)) {
        return node.inputs[0];
      }
    }
    return value;
  }

  void activation(std::string& value, const Affine& affine) {
    const std::string dequantized = value + ":dequantized";
    if (done_.insert(value).second) {
      const std::string scale = constant(value + ":scale", {}, std::vector<float>{affine.scale});
      const std::string zero =
          constant(value + ":zero_point", {}, std::vector<std::uint8_t>{affine.zero_point});
      const std::string quantized = value + ":quantized";
      result_.nodes.push_back({"QuantizeLinear",
                               value + ":QuantizeLinear",
                               {without_activation(value), scale, zero},
                               {quantized},
                               {}});
      result_.nodes.push_back({"DequantizeLinear",
                               value + ":DequantizeLinear",
                               {quantized, scale, zero},
                               {dequantized},
                               {}});
    }
    value = dequantized;
  }

  /// Weights may be several convolutions': their steps suit all of those biases.
  void leave_room_for_bias(const Node& node) {
    const double input_scale = affine_of(ranges_.at(node.inputs[0])).scale;
    const std::vector<float> biases = onnx::float_values(source_.initializers.at(node.inputs[2]));
    std::vector<float>& least = least_scales_[node.inputs[1]];
    least.resize(biases.size());
    for (std::size_t c = 0; c < biases.size(); ++c) {
      const double scale = std::abs(biases[c]) / (input_scale * largest_bias);
      least[c] = std::max(least[c], static_cast<float>(scale));
    }
  }

  onnx::QuantizedWeights quantized_weights(const Node& node) const {
    const onnx::Initializer& source = source_.initializers.at(node.inputs[1]);
    return onnx::quantize_weights(
        source,
        {options_.range, onnx::is_depthwise(node, source), least_scales_.at(node.inputs[1]),
                 /*keep_sums=*/true});
  }

  void weights(std::string& name, const onnx::QuantizedWeights& quantized) {
    const std::string dequantized = name + ":dequantized";
    if (done_.insert(name).second) {
      result_.nodes.push_back(onnx::store_quantized(result_, name, quantized, dequantized));
    }
    name = dequantized;
  }

  /// int32 in steps of the products that are summed.
  void bias(Node& node, float input_scale, const onnx::QuantizedWeights& weights) {
    std::string& name = node.inputs[2];
    std::vector<float> values = onnx::float_values(source_.initializers.at(name));
    if (options_.channel_means != nullptr) {
      values = corrected_bias(std::move(values), source_.initializers.at(node.inputs[1]), weights,
                              options_.channel_means->at(node.inputs[0]));
    }
    std::vector<std::int32_t> stored;
    std::vector<float> scales;
    for (std::size_t c = 0; c < values.size(); ++c) {
      const double scale = static_cast<double>(input_scale) * weights.scales[c];
      scales.push_back(static_cast<float>(scale));
      stored.push_back(static_cast<std::int32_t>(std::nearbyint(values[c] / scale)));
    }
    const auto channels = static_cast<std::int64_t>(values.size());
    const std::string dequantized = name + ":dequantized";
    constant(name + ":int32", {channels}, stored);
    constant(name + ":scale", {channels}, scales);
    result_.nodes.push_back({"DequantizeLinear",
                             name + ":DequantizeLinear",
                             {name + ":int32", name + ":scale"},
                             {dequantized},
                             {{"axis", std::int64_t{0}}}});
    name = dequantized;
  }

  const Model& source_;
  const std::map<std::string, Range>& ranges_;
  const InsertOptions& options_;
  Model result_;
  std::set<std::size_t> planned_;
  std::map<std::string, std::vector<float>> least_scales_;  ///< by the weights' name
  std::map<std::string, std::size_t> producers_;
  std::map<std::string, std::vector<std::size_t>> consumers_;
  std::set<std::string> done_;
};

}  // namespace

onnx::Model insert_quantization(const onnx::Model& model, const Plan& plan,
                                const std::map<std::string, Range>& ranges,
                                const InsertOptions& options) {
  return Inserter(model, plan, ranges, options).run();
}

}  // namespace bcnet::quantize
