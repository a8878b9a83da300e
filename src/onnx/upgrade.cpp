#include "onnx/upgrade.h"

#include <fmt/format.h>

#include <set>

#include "core/error.h"

namespace bcnet::onnx {

namespace {

/// The attribute `axes` as an input of the node.
void axes_to_input(Model& model, Node& node) {
  const auto axes = node.attributes.find("axes");
  if (axes == node.attributes.end()) {
    return;
  }
  const std::string name = node.name + ":axes";
  const auto& values = std::get<std::vector<std::int64_t>>(axes->second);
  model.initializers[name] =
      make_initializer(name, {static_cast<std::int64_t>(values.size())}, values);
  node.inputs.push_back(name);
  node.attributes.erase(axes);
}

}  // namespace

void upgrade_to_13(Model& model, const std::string& file) {
  constexpr int lowest = 11, target = 13;
  if (model.opset < lowest || model.opset > target) {
    throw Error(ErrorKind::model, fmt::format("{}: opset: found {}, allowed is {}..{}", file,
                                              model.opset, lowest, target));
  }
  if (model.opset == target) {
    return;
  }
  static const std::set<std::string> with_axes{"ReduceSum", "Squeeze", "Unsqueeze"};
  for (Node& node : model.nodes) {
    if (with_axes.count(node.op) > 0) {
      axes_to_input(model, node);
    }
  }
  model.opset = target;
}

}  // namespace bcnet::onnx
