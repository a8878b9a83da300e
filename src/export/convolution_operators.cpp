#include <algorithm>

#include "export/operators.h"

namespace bcnet::onnx {

namespace {

using Integers = std::vector<std::int64_t>;

/// (h, w) as ONNX wants it on both sides: h, w, h, w.
Integers symmetric(const Integers& padding) {
  Integers pads = padding;
  pads.insert(pads.end(), padding.begin(), padding.end());
  return pads;
}

/// Argument i for each spatial axis: PyTorch takes one number for all of them.
Integers spatial(const TracedNode& node, std::size_t i) {
  Integers values = node.integers(i);
  if (values.size() == 1) {
    values.resize(static_cast<std::size_t>(node.rank(0)) - 2, values.front());
  }
  return values;
}

struct Convolution {
  Integers stride, padding, dilation;
  std::int64_t groups = 1;
};

void write_convolution(LoweringContext& context, const TracedNode& node, const Convolution& c) {
  std::vector<std::string> inputs{context.tensor(node, 0), context.tensor(node, 1)};
  if (!node.is_none(2)) {
    inputs.push_back(context.tensor(node, 2));
  }
  Integers kernel;
  const Shape weight = node.input_shape(1);
  for (std::size_t axis = 2; axis < weight.size(); ++axis) {
    kernel.push_back(weight[axis].front());
  }
  context.bind(node.output(), context.emit("Conv", inputs,
                                           {{"kernel_shape", kernel},
                                            {"strides", c.stride},
                                            {"pads", symmetric(c.padding)},
                                            {"dilations", c.dilation},
                                            {"group", c.groups}}));
}

/// _convolution(x, weight, bias, stride, padding, dilation, transposed, output_padding, groups, …)
void convolution(LoweringContext& context, const TracedNode& node) {
  if (node.boolean(6)) {
    node.fail("a transposed convolution has no lowering");
  }
  write_convolution(context, node,
                    {spatial(node, 3), spatial(node, 4), spatial(node, 5), node.integer(8)});
}

/// conv2d(x, weight, bias, stride, padding, dilation, groups)
void conv2d(LoweringContext& context, const TracedNode& node) {
  write_convolution(context, node,
                    {spatial(node, 3), spatial(node, 4), spatial(node, 5), node.integer(6)});
}

/// batch_norm(x, weight, bias, mean, var, training, momentum, eps, …)
void batch_norm(LoweringContext& context, const TracedNode& node) {
  if (node.boolean(5)) {
    node.fail("is in training mode: call eval() first");
  }
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < 5; ++i) {
    if (node.is_none(i)) {
      node.fail("needs weight, bias and running statistics");
    }
    inputs.push_back(context.tensor(node, i));
  }
  context.bind(node.output(), context.emit("BatchNormalization", inputs,
                                           {{"epsilon", static_cast<float>(node.scalar(7))}}));
}

/// padding: last axis first, (before, after) for each, as PyTorch has it.
void write_pad(LoweringContext& context, const TracedNode& node, const Integers& padding,
               double value) {
  const auto rank = static_cast<std::size_t>(node.rank(0));
  Integers pads(2 * rank, 0);
  for (std::size_t i = 0; i < padding.size() / 2; ++i) {
    pads[rank - 1 - i] = padding[2 * i];
    pads[2 * rank - 1 - i] = padding[2 * i + 1];
  }
  context.bind(node.output(), context.emit("Pad",
                                           {context.tensor(node, 0), context.add_constant(pads),
                                            context.add_constant(static_cast<float>(value))},
                                           {{"mode", std::string("constant")}}));
}

/// constant_pad_nd(x, padding, value)
void constant_pad(LoweringContext& context, const TracedNode& node) {
  write_pad(context, node, node.integers(1), node.scalar(2));
}

/// pad(x, padding, mode, value), mode a name or, in _pad_enum, a number.
void pad(LoweringContext& context, const TracedNode& node) {
  constexpr std::int64_t constant_mode = 3;
  const bool constant =
      node.is_scalar(2) ? node.integer(2) == constant_mode : node.text(2) == "constant";
  if (!constant) {
    node.fail("this mode has no lowering, allowed is constant");
  }
  write_pad(context, node, node.integers(1), node.is_none(3) ? 0.0 : node.scalar(3));
}

struct Pooling {
  Integers kernel, stride, padding, dilation;
  Integers end_padding;  ///< beyond padding, below and on the right, for ceil_mode
};

/// Arguments 1 to 3 are kernel, stride and padding. Runtimes disagree on ceil_mode: the
/// windows that it adds are written as padding at the end.
Pooling read_pooling(const TracedNode& node, const Integers& dilation) {
  Pooling p{spatial(node, 1), spatial(node, 2), spatial(node, 3), dilation, {}};
  if (p.stride.empty()) {
    p.stride = p.kernel;
  }
  const Shape in = node.input_shape(0);
  const Shape out = node.output_shape();
  for (std::size_t i = 0; i < p.kernel.size(); ++i) {
    const std::size_t axis = in.size() - p.kernel.size() + i;
    Samples<std::int64_t> missing;
    for (std::size_t t = 0; t < in[axis].size(); ++t) {
      const std::int64_t reached =
          (out[axis][t] - 1) * p.stride[i] + p.dilation[i] * (p.kernel[i] - 1) + 1;
      missing.push_back(std::max<std::int64_t>(0, reached - in[axis][t] - 2 * p.padding[i]));
    }
    if (!all_equal(missing)) {
      node.fail("ceil_mode pads differently at different sizes of the input");
    }
    p.end_padding.push_back(missing.front());
  }
  return p;
}

Integers onnx_pads(const Integers& padding, const Integers& end_padding) {
  Integers pads = symmetric(padding);
  for (std::size_t i = 0; i < end_padding.size(); ++i) {
    pads[padding.size() + i] += end_padding[i];
  }
  return pads;
}

/// max_pool2d(x, kernel, stride, padding, dilation, ceil_mode)
void max_pool(LoweringContext& context, const TracedNode& node) {
  const Pooling p = read_pooling(node, spatial(node, 4));
  context.bind(node.output(), context.emit("MaxPool", {context.tensor(node, 0)},
                                           {{"kernel_shape", p.kernel},
                                            {"strides", p.stride},
                                            {"dilations", p.dilation},
                                            {"pads", onnx_pads(p.padding, p.end_padding)}}));
}

/// avg_pool2d(x, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override)
void avg_pool(LoweringContext& context, const TracedNode& node) {
  if (!node.is_none(6)) {
    node.fail("divisor_override has no lowering");
  }
  Pooling p = read_pooling(node, Integers(spatial(node, 1).size(), 1));
  const auto padded = [](const Integers& v) {
    return std::any_of(v.begin(), v.end(), [](std::int64_t n) { return n != 0; });
  };
  std::string x = context.tensor(node, 0);
  bool count_padding = node.boolean(5) && padded(p.padding);
  if (count_padding && padded(p.end_padding)) {
    // PyTorch counts the padding but not what ceil_mode adds: the former becomes part of x.
    Integers pads(2 * static_cast<std::size_t>(node.rank(0)), 0);
    for (std::size_t i = 0; i < p.padding.size(); ++i) {
      pads[pads.size() / 2 - p.padding.size() + i] = p.padding[i];
      pads[pads.size() - p.padding.size() + i] = p.padding[i];
    }
    x = context.emit("Pad", {x, context.add_constant(pads), context.add_constant(0.0F)},
                     {{"mode", std::string("constant")}});
    std::fill(p.padding.begin(), p.padding.end(), 0);
    count_padding = false;
  }
  context.bind(node.output(),
               context.emit("AveragePool", {x},
                            {{"kernel_shape", p.kernel},
                             {"strides", p.stride},
                             {"pads", onnx_pads(p.padding, p.end_padding)},
                             {"count_include_pad", std::int64_t{count_padding ? 1 : 0}}}));
}

void adaptive_avg_pool(LoweringContext& context, const TracedNode& node) {
  if (spatial(node, 1) != Integers{1, 1}) {
    node.fail("allowed is the output size 1x1");
  }
  context.bind(node.output(), context.emit("GlobalAveragePool", {context.tensor(node, 0)}));
}

}  // namespace

const OperatorTable& convolution_operators() {
  static const OperatorTable table{
      {"aten::_convolution", convolution},
      {"aten::convolution", convolution},
      {"aten::conv2d", conv2d},
      {"aten::batch_norm", batch_norm},
      {"aten::constant_pad_nd", constant_pad},
      {"aten::_pad_enum", pad},
      {"aten::pad", pad},
      {"aten::max_pool2d", max_pool},
      {"aten::avg_pool2d", avg_pool},
      {"aten::adaptive_avg_pool2d", adaptive_avg_pool},
  };
  return table;
}

}  // namespace bcnet::onnx
