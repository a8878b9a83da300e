#include "quantize/plan.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "core/error.h"

namespace bcnet::quantize {

namespace {

bool is_quantizable(const onnx::Model& model, const onnx::Node& node) {
  // Without a bias it is the upsampling of the logits, whose steps one would see.
  if (node.op != "Conv" || node.inputs.size() != 3) {
    return false;
  }
  return std::all_of(node.inputs.begin() + 1, node.inputs.end(), [&](const std::string& name) {
    const auto found = model.initializers.find(name);
    return found != model.initializers.end() && found->second.type == onnx::DataType::float32;
  });
}

}  // namespace

Plan make_plan(const onnx::Model& model, const std::vector<std::string>& keep_float,
               const std::string& file) {
  Plan plan;
  std::set<std::string> values;
  std::set<std::string> matched;
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    const onnx::Node& node = model.nodes[i];
    if (!is_quantizable(model, node)) {
      continue;
    }
    bool kept = false;
    for (const std::string& pattern : keep_float) {
      if (fnmatch(pattern.c_str(), node.name.c_str(), 0) == 0) {
        matched.insert(pattern);
        kept = true;
      }
    }
    if (kept) {
      continue;
    }
    plan.nodes.push_back(i);
    if (values.insert(node.inputs[0]).second) {
      plan.values.push_back(node.inputs[0]);
    }
  }
  for (const std::string& pattern : keep_float) {
    if (matched.count(pattern) == 0) {
      throw Error(ErrorKind::usage,
                  fmt::format("--keep-float: '{}' matches no convolution of {}; names are like '{}'",
                              pattern, file,
                              plan.nodes.empty() ? "" : model.nodes[plan.nodes[0]].name));
    }
  }
  if (plan.nodes.empty()) {
    throw Error(ErrorKind::model, file + ": no convolution to quantise");
  }
  return plan;
}

}  // namespace bcnet::quantize
