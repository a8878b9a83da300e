#include "onnx/widen.h"

#include <cmath>
#include <cstring>

namespace bcnet::onnx {

namespace {

/// IEEE 754 binary16.
float float_of(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1F;
  const int mantissa = half & 0x3FF;
  const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 0x1F) {
    return mantissa == 0 ? sign * INFINITY : NAN;
  }
  return exponent == 0 ? sign * std::ldexp(static_cast<float>(mantissa), -24)
                       : sign * std::ldexp(static_cast<float>(mantissa + 0x400), exponent - 25);
}

}  // namespace

void widen_weights(Model& model) {
  std::vector<Node> nodes;
  for (Node& node : model.nodes) {
    const auto half =
        node.op == "Cast" ? model.initializers.find(node.inputs[0]) : model.initializers.end();
    const auto to = node.attributes.find("to");
    if (half == model.initializers.end() || half->second.type != DataType::float16 ||
        to == node.attributes.end() ||
        std::get<std::int64_t>(to->second) != static_cast<std::int64_t>(DataType::float32)) {
      nodes.push_back(std::move(node));
      continue;
    }
    std::vector<std::uint16_t> halves(half->second.bytes.size() / sizeof(std::uint16_t));
    std::memcpy(halves.data(), half->second.bytes.data(), half->second.bytes.size());
    std::vector<float> values(halves.size());
    for (std::size_t i = 0; i < halves.size(); ++i) {
      values[i] = float_of(halves[i]);
    }
    const std::string& name = node.outputs[0];
    model.initializers[name] = make_initializer(name, half->second.dims, values);
  }
  model.nodes = std::move(nodes);
  remove_unused(model);
}

}  // namespace bcnet::onnx
