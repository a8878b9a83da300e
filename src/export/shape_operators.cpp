#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "export/operators.h"

namespace bcnet::onnx {

namespace {

using Integers = std::vector<std::int64_t>;

/// view, reshape, flatten, squeeze and the like: the traced result's shape says it all.
void reshape(LoweringContext& context, const TracedNode& node) {
  context.bind(node.output(), context.reshape(node, context.tensor(node, 0), node.input_shape(0),
                                              node.output_shape()));
}

void expand(LoweringContext& context, const TracedNode& node) {
  context.bind(node.output(),
               context.emit("Expand", {context.tensor(node, 0),
                                       context.size_vector(node, node.output_shape())}));
}

void swap_axes(LoweringContext& context, const TracedNode& node, std::size_t a, std::size_t b) {
  Integers order(static_cast<std::size_t>(node.rank(0)));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order.at(a), order.at(b));
  context.bind(node.output(), context.transpose(context.tensor(node, 0), order));
}

void transpose(LoweringContext& context, const TracedNode& node) {
  swap_axes(context, node, static_cast<std::size_t>(node.axis(1)),
            static_cast<std::size_t>(node.axis(2)));
}

void transpose_matrix(LoweringContext& context, const TracedNode& node) {
  swap_axes(context, node, 0, 1);
}

void permute(LoweringContext& context, const TracedNode& node) {
  context.bind(node.output(), context.transpose(context.tensor(node, 0), node.axes(1)));
}

/// A list of tensors is remembered; a list of numbers is read where it is used.
void list(LoweringContext& context, const TracedNode& node) {
  const auto type = node.output()->type()->cast<c10::ListType>();
  if (!type || !type->getElementType()->cast<c10::TensorType>()) {
    return;
  }
  std::vector<std::string> values;
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    values.push_back(context.tensor(node, i));
  }
  context.bind_list(node.output(), std::move(values));
}

void concatenate(LoweringContext& context, const TracedNode& node) {
  std::int64_t axis = node.integer(1);
  if (axis < 0) {
    axis += static_cast<std::int64_t>(node.output_shape().size());
  }
  context.bind(node.output(),
               context.emit("Concat", context.tensor_list(node, 0), {{"axis", axis}}));
}

/// split, split_with_sizes, chunk: the pieces' sizes are read off where the list is unpacked.
void cut(LoweringContext& context, const TracedNode& node) {
  context.bind_cut(node.output(), {context.tensor(node, 0), node.axis(2)});
}

void unpack(LoweringContext& context, const TracedNode& node) {
  const Cut cut = context.cut(node, 0);
  Integers sizes;
  for (std::size_t i = 0; i < node.outputs(); ++i) {
    const auto size = node.output_shape(i).at(static_cast<std::size_t>(cut.axis));
    if (!all_equal(size)) {
      node.fail("the pieces' sizes depend on the input's size");
    }
    sizes.push_back(size.front());
  }
  std::vector<std::string> inputs{cut.value};
  std::map<std::string, Attribute> attributes{{"axis", cut.axis}};
  if (context.opset() >= 13) {
    inputs.push_back(context.add_constant(sizes));
  } else {
    attributes["split"] = sizes;
  }
  const auto pieces = context.emit_many("Split", inputs, attributes, node.outputs());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    context.bind(node.output(i), pieces[i]);
  }
}

std::string write_slice(LoweringContext& context, const std::string& x, std::int64_t axis,
                        std::int64_t start, std::int64_t end, std::int64_t step) {
  return context.emit(
      "Slice", {x, context.add_constant(Integers{start}), context.add_constant(Integers{end}),
                context.add_constant(Integers{axis}), context.add_constant(Integers{step})});
}

/// slice(x, axis, start, end, step)
void slice(LoweringContext& context, const TracedNode& node) {
  constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();
  context.bind(node.output(),
               write_slice(context, context.tensor(node, 0), node.axis(1),
                           node.is_none(2) ? 0 : node.integer(2),
                           node.is_none(3) ? end : node.integer(3), node.integer(4)));
}

/// narrow(x, axis, start, length)
void narrow(LoweringContext& context, const TracedNode& node) {
  const std::int64_t start = node.integer(2);
  context.bind(node.output(), write_slice(context, context.tensor(node, 0), node.axis(1), start,
                                          start + node.integer(3), 1));
}

/// Whether every trace scales this axis by the same power of two, which float sizes keep exact.
bool scales_exactly(const Samples<std::int64_t>& from, const Samples<std::int64_t>& to,
                    double& scale) {
  scale = static_cast<double>(to.front()) / static_cast<double>(from.front());
  int exponent = 0;
  if (std::frexp(scale, &exponent) != 0.5) {
    return false;
  }
  for (std::size_t t = 0; t < from.size(); ++t) {
    if (scale * static_cast<double>(from[t]) != static_cast<double>(to[t])) {
      return false;
    }
  }
  return true;
}

/// PyTorch's align_corners = false is ONNX's half_pixel, for one pixel too; both clamp at the
/// border. With align_corners = true the corners' centres stay. Arguments first_scale and the next
/// are the caller's own factors, if any.
void write_resize(LoweringContext& context, const TracedNode& node, std::size_t first_scale,
                  std::map<std::string, Attribute> attributes) {
  const Shape from = node.input_shape(0);
  const Shape to = node.output_shape();
  double vertical = 1.0;
  double horizontal = 1.0;
  bool by_scale = scales_exactly(from.at(2), to.at(2), vertical) &&
                  scales_exactly(from.at(3), to.at(3), horizontal);
  if (!node.is_none(first_scale) && !node.is_none(first_scale + 1)) {
    vertical = node.scalar(first_scale);
    horizontal = node.scalar(first_scale + 1);
    by_scale = true;
  }
  const std::string none = context.add_constant(std::vector<float>{});
  // The second input is a region of interest: opset 11 wants it, this mode has none.
  std::vector<std::string> inputs{context.tensor(node, 0), none};
  if (by_scale) {
    inputs.push_back(context.add_constant(std::vector<float>{
        1.0F, 1.0F, static_cast<float>(vertical), static_cast<float>(horizontal)}));
  } else {
    inputs.push_back(none);
    inputs.push_back(context.size_vector(node, to));
  }
  context.bind(node.output(), context.emit("Resize", inputs, std::move(attributes)));
}

/// upsample_bilinear2d(x, size, align_corners, scale_h, scale_w)
void bilinear(LoweringContext& context, const TracedNode& node) {
  write_resize(context, node, 3,
               {{"mode", std::string("linear")},
                {"coordinate_transformation_mode",
                 std::string(node.boolean(2) ? "align_corners" : "half_pixel")}});
}

/// upsample_nearest2d(x, size, scale_h, scale_w)
void nearest(LoweringContext& context, const TracedNode& node) {
  write_resize(context, node, 2,
               {{"mode", std::string("nearest")},
                {"coordinate_transformation_mode", std::string("asymmetric")},
                {"nearest_mode", std::string("floor")}});
}

}  // namespace

const OperatorTable& shape_operators() {
  static const OperatorTable table{
      {"aten::view", reshape},
      {"aten::reshape", reshape},
      {"aten::reshape_as", reshape},
      {"aten::view_as", reshape},
      {"aten::flatten", reshape},
      {"aten::unflatten", reshape},
      {"aten::squeeze", reshape},
      {"aten::unsqueeze", reshape},
      {"aten::expand", expand},
      {"aten::expand_as", expand},
      {"aten::transpose", transpose},
      {"aten::t", transpose_matrix},
      {"aten::permute", permute},
      {"prim::ListConstruct", list},
      {"prim::ListUnpack", unpack},
      {"aten::cat", concatenate},
      {"aten::split", cut},
      {"aten::split_with_sizes", cut},
      {"aten::chunk", cut},
      {"aten::slice", slice},
      {"aten::narrow", narrow},
      {"aten::upsample_bilinear2d", bilinear},
      {"aten::upsample_nearest2d", nearest},
  };
  return table;
}

}  // namespace bcnet::onnx
