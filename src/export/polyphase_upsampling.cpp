#include "export/polyphase_upsampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace bcnet::onnx {

namespace {

bool has_text(const Node& node, const char* key, const std::string& value) {
  const auto found = node.attributes.find(key);
  return found != node.attributes.end() && std::get<std::string>(found->second) == value;
}

bool has_one_channel(const Model& model, const std::string& output) {
  return std::any_of(model.outputs.begin(), model.outputs.end(), [&](const ValueInfo& value) {
    return value.name == output && value.dims.size() == 4 &&
           value.dims[1] == Dimension(std::int64_t{1});
  });
}

/// The factor of a Resize that this pass rewrites.
std::optional<std::int64_t> whole_factor(const Model& model, const Node& node) {
  if (node.op != "Resize" || node.inputs.size() != 3 || !has_text(node, "mode", "linear") ||
      !has_text(node, "coordinate_transformation_mode", "half_pixel") ||
      !has_one_channel(model, node.outputs[0])) {
    return std::nullopt;
  }
  const auto found = model.initializers.find(node.inputs[2]);
  if (found == model.initializers.end() || found->second.type != DataType::float32 ||
      found->second.bytes.empty()) {
    return std::nullopt;
  }
  const auto scales = float_values(found->second);
  const float factor = scales.back();
  const bool fits = scales == std::vector<float>{1.0F, 1.0F, factor, factor} && factor >= 2 &&
                    factor == std::floor(factor);
  return fits ? std::optional(static_cast<std::int64_t>(factor)) : std::nullopt;
}

/// What each of the s places within a pixel takes from the pixel before, the pixel and the one
/// behind it.
std::vector<std::array<float, 3>> taps(std::int64_t factor) {
  std::vector<std::array<float, 3>> result;
  for (std::int64_t place = 0; place < factor; ++place) {
    const double offset = (static_cast<double>(place) + 0.5) / static_cast<double>(factor) - 0.5;
    std::array<float, 3> weights{};
    weights[offset < 0 ? 0 : 2] = static_cast<float>(std::abs(offset));
    weights[1] = static_cast<float>(1 - std::abs(offset));
    result.push_back(weights);
  }
  return result;
}

std::vector<float> kernels(std::int64_t factor) {
  const auto weights = taps(factor);
  std::vector<float> result;
  for (const auto& row : weights) {
    for (const auto& column : weights) {
      for (const float y : row) {
        for (const float x : column) {
          result.push_back(y * x);
        }
      }
    }
  }
  return result;
}

}  // namespace

void make_upsampling_polyphase(Model& model) {
  std::vector<Node> nodes;
  for (Node& node : model.nodes) {
    const auto factor = whole_factor(model, node);
    if (!factor) {
      nodes.push_back(std::move(node));
      continue;
    }
    using Integers = std::vector<std::int64_t>;
    const std::string name = node.name + "/Polyphase";
    const std::string pads = name + ":pads", weight = name + ":weight";
    const std::int64_t places = *factor * *factor;
    model.initializers[pads] = make_initializer(pads, {8}, Integers{0, 0, 1, 1, 0, 0, 1, 1});
    model.initializers[weight] = make_initializer(weight, {places, 1, 3, 3}, kernels(*factor));
    nodes.push_back({"Pad",
                     name + "/Pad",
                     {node.inputs[0], pads},
                     {name + ":padded"},
                     {{"mode", std::string("edge")}}});
    nodes.push_back({"Conv",
                     name + "/Conv",
                     {name + ":padded", weight},
                     {name + ":places"},
                     {{"kernel_shape", Integers{3, 3}}}});
    nodes.push_back({"DepthToSpace",
                     name + "/DepthToSpace",
                     {name + ":places"},
                     node.outputs,
                     {{"blocksize", *factor}}});
  }
  model.nodes = std::move(nodes);
  remove_unused(model);
}

}  // namespace bcnet::onnx
