#include "export/lowering.h"

#include <fmt/format.h>

#include "core/error.h"
#include "export/operators.h"

namespace bcnet::onnx {

namespace jit = torch::jit;

namespace {

OperatorTable all_operators() {
  OperatorTable all = arithmetic_operators();
  all.insert(convolution_operators().begin(), convolution_operators().end());
  all.insert(shape_operators().begin(), shape_operators().end());
  return all;
}

/// The nodes of all traces side by side. Throws where the network took different paths.
std::vector<TracedNode> align(const std::vector<Trace>& traces) {
  std::vector<Samples<const jit::Node*>> rows;
  for (const jit::Node* node : traces.front().graph->nodes()) {
    rows.push_back({node});
  }
  for (std::size_t t = 1; t < traces.size(); ++t) {
    std::size_t row = 0;
    const auto differ = [&] {
      const InputSize& a = traces.front().size;
      const InputSize& b = traces[t].size;
      throw Error(ErrorKind::model,
                  fmt::format("ONNX export: the network runs other operators at {}x{}x{} than at "
                              "{}x{}x{} (batch, height, width), from operator {} on",
                              b.batch, b.height, b.width, a.batch, a.height, a.width, row));
    };
    for (const jit::Node* node : traces[t].graph->nodes()) {
      if (row == rows.size() || node->kind() != rows[row].front()->kind() ||
          node->inputs().size() != rows[row].front()->inputs().size() ||
          node->outputs().size() != rows[row].front()->outputs().size()) {
        differ();
      }
      rows[row++].push_back(node);
    }
    if (row != rows.size()) {
      differ();
    }
  }
  std::vector<TracedNode> nodes;
  for (auto& row : rows) {
    nodes.emplace_back(std::move(row));
  }
  return nodes;
}

}  // namespace

Model lower(const std::vector<Trace>& traces, int opset) {
  static const OperatorTable table = all_operators();
  LoweringContext context(traces, opset);
  for (const TracedNode& node : align(traces)) {
    if (node.kind() == "prim::Constant") {
      continue;
    }
    const auto found = table.find(node.kind());
    if (found == table.end()) {
      node.fail("no ONNX lowering for this operator");
    }
    found->second(context, node);
  }
  return context.finish(traces);
}

}  // namespace bcnet::onnx
