#include <torch/csrc/jit/ir/constants.h>

#include <limits>

#include "export/operators.h"

namespace bcnet::onnx {

namespace {

template <const char* op>
void unary(LoweringContext& context, const TracedNode& node) {
  context.bind(node.output(), context.emit(op, {context.tensor(node, 0)}));
}

constexpr char relu[] = "Relu";
constexpr char sigmoid[] = "Sigmoid";
constexpr char negate[] = "Neg";

void identity(LoweringContext& context, const TracedNode& node) {
  context.bind(node.output(), context.tensor(node, 0));
}

void convert(LoweringContext& context, const TracedNode& node) {
  const auto type = [](const torch::jit::Value* value) {
    return value->type()->expect<c10::TensorType>()->scalarType();
  };
  if (type(node.input(0)) != type(node.output())) {
    node.fail("changes the type, allowed is float32 throughout");
  }
  identity(context, node);
}

void dropout(LoweringContext& context, const TracedNode& node) {
  if (node.boolean(2)) {
    node.fail("is in training mode: call eval() first");
  }
  identity(context, node);
}

/// Clip with both bounds; opset 11 takes them as inputs. A bound left out is infinite.
void clip(LoweringContext& context, const TracedNode& node, float low, float high) {
  context.bind(node.output(),
               context.emit("Clip", {context.tensor(node, 0), context.add_constant(low),
                                     context.add_constant(high)}));
}

void clamp(LoweringContext& context, const TracedNode& node) {
  constexpr float most = std::numeric_limits<float>::max();
  clip(context, node, node.is_none(1) ? -most : static_cast<float>(node.scalar(1)),
       node.is_none(2) ? most : static_cast<float>(node.scalar(2)));
}

void relu6(LoweringContext& context, const TracedNode& node) { clip(context, node, 0.0F, 6.0F); }

/// `1 - x` is traced as full_like(x, 1) - x; ONNX broadcasts, so the number will do.
std::string broadcast_operand(LoweringContext& context, const TracedNode& node, std::size_t i) {
  const torch::jit::Node* producer = node.input(i)->node();
  if (producer->kind() == c10::Symbol::fromQualString("aten::full_like") &&
      node.input_shape(i) == node.input_shape(1 - i)) {
    if (const auto value = torch::jit::toIValue(producer->inputs()[1]);
        value && value->isScalar()) {
      return context.add_constant(value->toScalar().to<float>());
    }
  }
  return context.operand(node, i);
}

/// left op alpha · right, where alpha is argument 2.
void with_alpha(LoweringContext& context, const TracedNode& node, const std::string& op,
                const std::string& left, std::string right) {
  if (const double alpha = node.scalar(2); alpha != 1.0) {
    right = context.emit("Mul", {right, context.add_constant(static_cast<float>(alpha))});
  }
  context.bind(node.output(), context.emit(op, {left, right}));
}

void add(LoweringContext& context, const TracedNode& node) {
  with_alpha(context, node, "Add", broadcast_operand(context, node, 0),
             broadcast_operand(context, node, 1));
}

void subtract(LoweringContext& context, const TracedNode& node) {
  with_alpha(context, node, "Sub", broadcast_operand(context, node, 0),
             broadcast_operand(context, node, 1));
}

void subtract_reversed(LoweringContext& context, const TracedNode& node) {
  with_alpha(context, node, "Sub", context.operand(node, 1), context.tensor(node, 0));
}

template <const char* op>
void binary(LoweringContext& context, const TracedNode& node) {
  if (node.inputs() > 2) {
    node.fail("a rounding mode has no lowering");
  }
  context.bind(node.output(), context.emit(op, {broadcast_operand(context, node, 0),
                                                broadcast_operand(context, node, 1)}));
}

constexpr char multiply[] = "Mul";
constexpr char divide[] = "Div";

void full_like(LoweringContext& context, const TracedNode& node) {
  context.bind(node.output(),
               context.emit("Expand", {context.operand(node, 1),
                                       context.size_vector(node, node.output_shape())}));
}

/// Only full_like looks at it, and only at its shape.
void uninitialized(LoweringContext&, const TracedNode&) {}

void matrix_product(LoweringContext& context, const TracedNode& node) {
  context.bind(node.output(),
               context.emit("MatMul", {context.tensor(node, 0), context.tensor(node, 1)}));
}

/// addmm(bias, a, b, beta, alpha) = beta · bias + alpha · a b
void addmm(LoweringContext& context, const TracedNode& node) {
  const std::string bias = context.tensor(node, 0);
  context.bind(node.output(),
               context.emit("Gemm", {context.tensor(node, 1), context.tensor(node, 2), bias},
                            {{"alpha", static_cast<float>(node.scalar(4))},
                             {"beta", static_cast<float>(node.scalar(3))}}));
}

/// x Wᵀ + b over the last axis.
void linear(LoweringContext& context, const TracedNode& node) {
  const std::string x = context.tensor(node, 0);
  const std::string weight =
      context.transpose(context.tensor(node, 1), std::vector<std::int64_t>{1, 0});
  std::string y = context.emit("MatMul", {x, weight});
  if (!node.is_none(2)) {
    y = context.emit("Add", {y, context.tensor(node, 2)});
  }
  context.bind(node.output(), y);
}

void softmax(LoweringContext& context, const TracedNode& node) {
  const std::int64_t axis = node.axis(1);
  const std::int64_t last = node.rank(0) - 1;
  const std::string x = context.tensor(node, 0);
  if (axis == last || context.opset() >= 13) {
    context.bind(node.output(), context.emit("Softmax", {x}, {{"axis", axis}}));
    return;
  }
  // Before opset 13 the axes from `axis` on are flattened into one.
  std::vector<std::int64_t> swap;
  for (std::int64_t i = 0; i <= last; ++i) {
    swap.push_back(i == axis ? last : i == last ? axis : i);
  }
  const std::string turned =
      context.emit("Softmax", {context.transpose(x, swap)}, {{"axis", last}});
  context.bind(node.output(), context.transpose(turned, swap));
}

void mean(LoweringContext& context, const TracedNode& node) {
  if (node.inputs() != 4 || node.is_none(1)) {
    node.fail("the mean of all elements has no lowering: name the axes");
  }
  context.bind(node.output(),
               context.emit("ReduceMean", {context.tensor(node, 0)},
                            {{"axes", node.axes(1)}, {"keepdims", node.integer(2)}}));
}

void sum(LoweringContext& context, const TracedNode& node) {
  if (node.inputs() != 4 || node.is_none(1)) {
    node.fail("the sum of all elements has no lowering: name the axes");
  }
  std::vector<std::string> inputs{context.tensor(node, 0)};
  std::map<std::string, Attribute> attributes{{"keepdims", node.integer(2)}};
  if (context.opset() >= 13) {
    inputs.push_back(context.add_constant(node.axes(1)));
  } else {
    attributes["axes"] = node.axes(1);
  }
  context.bind(node.output(), context.emit("ReduceSum", inputs, attributes));
}

}  // namespace

const OperatorTable& arithmetic_operators() {
  static const OperatorTable table{
      {"aten::relu", unary<relu>},
      {"aten::sigmoid", unary<sigmoid>},
      {"aten::neg", unary<negate>},
      {"aten::clamp", clamp},
      {"aten::hardtanh", clamp},
      {"aten::relu6", relu6},
      {"aten::add", add},
      {"aten::sub", subtract},
      {"aten::rsub", subtract_reversed},
      {"aten::mul", binary<multiply>},
      {"aten::div", binary<divide>},
      {"aten::full_like", full_like},
      {"aten::empty_like", uninitialized},
      {"aten::matmul", matrix_product},
      {"aten::bmm", matrix_product},
      {"aten::mm", matrix_product},
      {"aten::addmm", addmm},
      {"aten::linear", linear},
      {"aten::softmax", softmax},
      {"aten::mean", mean},
      {"aten::sum", sum},
      {"aten::contiguous", identity},
      {"aten::clone", identity},
      {"aten::detach", identity},
      {"aten::to", convert},
      {"aten::dropout", dropout},
  };
  return table;
}

}  // namespace bcnet::onnx
