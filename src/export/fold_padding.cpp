#include "export/fold_padding.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

namespace bcnet::onnx {

namespace {

using Integers = std::vector<std::int64_t>;

/// (top, left, bottom, right) of a Pad with zeros that leaves batch and channels alone.
std::optional<Integers> spatial_pads(const Model& model, const Node& pad) {
  const auto amounts = model.initializers.find(pad.inputs[1]);
  const auto value = model.initializers.find(pad.inputs[2]);
  if (amounts == model.initializers.end() || value == model.initializers.end() ||
      float_values(value->second) != std::vector<float>{0.0F}) {
    return std::nullopt;
  }
  constexpr std::size_t rank = 4;
  Integers all(amounts->second.bytes.size() / sizeof(std::int64_t));
  std::memcpy(all.data(), amounts->second.bytes.data(), amounts->second.bytes.size());
  const bool spatial = all.size() == 2 * rank && all[0] == 0 && all[1] == 0 && all[4] == 0 &&
                       all[5] == 0 &&
                       std::all_of(all.begin(), all.end(), [](auto n) { return n >= 0; });
  return spatial ? std::optional(Integers{all[2], all[3], all[6], all[7]}) : std::nullopt;
}

}  // namespace

void fold_padding(Model& model) {
  std::map<std::string, const Node*> pads;
  for (const Node& node : model.nodes) {
    if (node.op == "Pad") {
      pads[node.outputs[0]] = &node;
    }
  }
  for (Node& conv : model.nodes) {
    const auto pad = conv.op == "Conv" ? pads.find(conv.inputs[0]) : pads.end();
    if (pad == pads.end()) {
      continue;
    }
    if (const auto amounts = spatial_pads(model, *pad->second)) {
      auto& own = std::get<Integers>(conv.attributes.at("pads"));
      std::transform(own.begin(), own.end(), amounts->begin(), own.begin(), std::plus<>());
      conv.inputs[0] = pad->second->inputs[0];
    }
  }
  remove_unused(model);
}

}  // namespace bcnet::onnx
