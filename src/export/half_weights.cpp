#include "export/half_weights.h"

#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>

namespace bcnet::onnx {

namespace {

bool is_weight(const Initializer& initializer) {
  constexpr float most = 65504.0F;  // the largest 16-bit float
  if (initializer.type != DataType::float32 || initializer.dims.size() < 2) {
    return false;
  }
  const auto values = float_values(initializer);
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::abs(value) <= most; });
}

void halve(Initializer& initializer) {
  const auto values = float_values(initializer);
  const std::vector<c10::Half> halves(values.begin(), values.end());
  initializer.type = DataType::float16;
  initializer.bytes.assign(reinterpret_cast<const char*>(halves.data()),
                           halves.size() * sizeof(c10::Half));
}

}  // namespace

void halve_weights(Model& model) {
  std::vector<Node> casts;
  std::map<std::string, std::string> renamed;
  for (auto& [name, initializer] : model.initializers) {
    if (is_weight(initializer)) {
      halve(initializer);
      renamed[name] = name + ":float32";
      casts.push_back({"Cast",
                       name + ":cast",
                       {name},
                       {renamed[name]},
                       {{"to", static_cast<std::int64_t>(DataType::float32)}}});
    }
  }
  for (Node& node : model.nodes) {
    for (std::string& input : node.inputs) {
      const auto found = renamed.find(input);
      input = found == renamed.end() ? input : found->second;
    }
  }
  model.nodes.insert(model.nodes.begin(), casts.begin(), casts.end());
}

}  // namespace bcnet::onnx
