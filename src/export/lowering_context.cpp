#include "export/lowering_context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace bcnet::onnx {

namespace jit = torch::jit;

namespace {

std::vector<std::int64_t> sizes_of(const jit::Value* value) {
  if (const auto type = value->type()->cast<c10::TensorType>()) {
    if (const auto sizes = type->sizes().concrete_sizes()) {
      return *sizes;
    }
  }
  return {};
}

Shape shape_of(const std::vector<const jit::Value*>& values) {
  Shape shape;
  for (const jit::Value* value : values) {
    const auto sizes = sizes_of(value);
    shape.resize(sizes.size());
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
      shape[axis].push_back(sizes[axis]);
    }
  }
  return shape;
}

std::map<std::string, Attribute> cast_to(DataType type) {
  return {{"to", static_cast<std::int64_t>(type)}};
}

}  // namespace

// TracedNode

Shape TracedNode::input_shape(std::size_t i) const {
  std::vector<const jit::Value*> values;
  for (const jit::Node* node : nodes_) {
    values.push_back(node->inputs()[i]);
  }
  return shape_of(values);
}

Shape TracedNode::output_shape(std::size_t i) const {
  std::vector<const jit::Value*> values;
  for (const jit::Node* node : nodes_) {
    values.push_back(node->outputs()[i]);
  }
  return shape_of(values);
}

Samples<c10::IValue> TracedNode::constants(std::size_t i) const {
  Samples<c10::IValue> values;
  for (const jit::Node* node : nodes_) {
    if (i >= node->inputs().size()) {
      fail(fmt::format("argument {} is missing", i));
    }
    const auto value = jit::toIValue(node->inputs()[i]);
    if (!value) {
      fail(fmt::format("argument {} is no constant", i));
    }
    values.push_back(*value);
  }
  return values;
}

bool TracedNode::is_none(std::size_t i) const {
  const auto value = jit::toIValue(input(i));
  return value && value->isNone();
}

bool TracedNode::is_scalar(std::size_t i) const {
  const auto value = jit::toIValue(input(i));
  return value && value->isScalar();
}

Samples<double> TracedNode::scalars(std::size_t i) const {
  Samples<double> result;
  for (const c10::IValue& value : constants(i)) {
    if (!value.isScalar()) {
      fail(fmt::format("argument {} is no number", i));
    }
    result.push_back(value.toScalar().toDouble());
  }
  return result;
}

double TracedNode::scalar(std::size_t i) const {
  const auto values = scalars(i);
  if (!all_equal(values)) {
    fail(fmt::format("argument {} depends on the input's size", i));
  }
  return values.front();
}

std::int64_t TracedNode::integer(std::size_t i) const {
  Samples<std::int64_t> values;
  for (const c10::IValue& value : constants(i)) {
    if (!value.isInt() && !value.isBool()) {
      fail(fmt::format("argument {} is no integer", i));
    }
    values.push_back(value.toScalar().to<std::int64_t>());
  }
  if (!all_equal(values)) {
    fail(fmt::format("argument {} depends on the input's size", i));
  }
  return values.front();
}

bool TracedNode::boolean(std::size_t i) const { return integer(i) != 0; }

std::string TracedNode::text(std::size_t i) const {
  const auto values = constants(i);
  if (!values.front().isString()) {
    fail(fmt::format("argument {} is no text", i));
  }
  return values.front().toStringRef();
}

std::vector<std::int64_t> TracedNode::integers(std::size_t i) const {
  Samples<std::vector<std::int64_t>> samples;
  for (const jit::Node* node : nodes_) {
    const jit::Node* list = node->inputs()[i]->node();
    auto& sample = samples.emplace_back();
    if (list->kind() != c10::prim::ListConstruct) {
      fail(fmt::format("argument {} is no list of integers", i));
    }
    for (const jit::Value* element : list->inputs()) {
      const auto value = jit::toIValue(element);
      if (!value || !value->isInt()) {
        fail(fmt::format("argument {} is no list of integers", i));
      }
      sample.push_back(value->toInt());
    }
  }
  if (!all_equal(samples)) {
    fail(fmt::format("argument {} depends on the input's size", i));
  }
  return samples.front();
}

std::int64_t TracedNode::wrap(std::int64_t axis) const { return axis < 0 ? axis + rank(0) : axis; }

std::int64_t TracedNode::axis(std::size_t i) const { return wrap(integer(i)); }

std::vector<std::int64_t> TracedNode::axes(std::size_t i) const {
  auto result = integers(i);
  for (auto& axis : result) {
    axis = wrap(axis);
  }
  return result;
}

void TracedNode::fail(const std::string& what) const {
  throw Error(ErrorKind::model, fmt::format("ONNX export: {}: {}", kind(), what));
}

// LoweringContext

LoweringContext::LoweringContext(const std::vector<Trace>& traces, int opset) {
  model_.opset = opset;
  for (const Trace& trace : traces) {
    sizes_.push_back(trace.size);
  }
  const auto inputs = traces.front().graph->inputs();
  bind(inputs[0], "input");
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    tensors_[inputs[i]] = traces.front().tensors.at(i - 1);
  }
  names_ = {"input", "output"};
}

Model LoweringContext::finish(const std::vector<Trace>& traces) {
  std::vector<const jit::Value*> inputs;
  std::vector<const jit::Value*> outputs;
  for (const Trace& trace : traces) {
    inputs.push_back(trace.graph->inputs()[0]);
    outputs.push_back(trace.graph->outputs()[0]);
  }
  model_.graph_name = "bcnet";
  model_.inputs = {{"input", dimensions(shape_of(inputs), "input")}};
  model_.outputs = {{"output", dimensions(shape_of(outputs), "output")}};
  const std::string result = values_.at(outputs.front());
  const auto rename = [&](std::vector<std::string>& names) {
    std::replace(names.begin(), names.end(), result, std::string("output"));
  };
  for (Node& node : model_.nodes) {
    rename(node.inputs);
    rename(node.outputs);
  }
  remove_unused(model_);
  return std::move(model_);
}

std::vector<Dimension> LoweringContext::dimensions(const Shape& shape,
                                                   const std::string& value) const {
  const auto equals = [&](const Samples<std::int64_t>& samples, std::int64_t InputSize::*axis) {
    return std::equal(sizes_.begin(), sizes_.end(), samples.begin(),
                      [&](const InputSize& size, std::int64_t s) { return size.*axis == s; });
  };
  std::vector<Dimension> result;
  for (const auto& samples : shape) {
    if (all_equal(samples)) {
      result.emplace_back(samples.front());
    } else if (equals(samples, &InputSize::batch)) {
      result.emplace_back("batch");
    } else if (equals(samples, &InputSize::height)) {
      result.emplace_back("height");
    } else if (equals(samples, &InputSize::width)) {
      result.emplace_back("width");
    } else {
      result.emplace_back(fmt::format("{}_{}", value, result.size()));
    }
  }
  return result;
}

void LoweringContext::bind(const jit::Value* value, std::string onnx_value) {
  values_[value] = std::move(onnx_value);
}

void LoweringContext::bind_list(const jit::Value* value, std::vector<std::string> onnx_values) {
  lists_[value] = std::move(onnx_values);
}

std::string LoweringContext::tensor(const TracedNode& node, std::size_t i) {
  const jit::Value* value = node.input(i);
  const auto found = tensors_.find(value);
  if (found != tensors_.end()) {
    enter_module_of(found->second.first);
  }
  const auto bound = values_.find(value);
  if (bound != values_.end()) {
    return bound->second;
  }
  if (found != tensors_.end()) {
    return values_[value] = add_tensor(found->second.first, found->second.second);
  }
  const auto constant = jit::toIValue(value);
  if (constant && constant->isTensor()) {
    return values_[value] = add_tensor("constant", constant->toTensor());
  }
  node.fail(fmt::format("argument {} is no tensor", i));
}

std::string LoweringContext::operand(const TracedNode& node, std::size_t i) {
  return node.is_scalar(i) ? number(node, node.scalars(i)) : tensor(node, i);
}

std::vector<std::string> LoweringContext::tensor_list(const TracedNode& node, std::size_t i) const {
  const auto found = lists_.find(node.input(i));
  if (found == lists_.end()) {
    node.fail(fmt::format("argument {} is no list of tensors", i));
  }
  return found->second;
}

std::string LoweringContext::add_tensor(const std::string& name, const torch::Tensor& tensor) {
  if (tensor.scalar_type() != torch::kFloat) {
    throw Error(ErrorKind::model,
                fmt::format("ONNX export: tensor {}: found {}, allowed is float32", name,
                            c10::toString(tensor.scalar_type())));
  }
  const auto values = tensor.detach().cpu().contiguous();
  const float* data = values.data_ptr<float>();
  Initializer initializer = make_initializer(unique(name), tensor.sizes().vec(),
                                             std::vector<float>(data, data + values.numel()));
  const std::string key = initializer.name;
  model_.initializers[key] = std::move(initializer);
  return key;
}

void LoweringContext::bind_cut(const jit::Value* value, Cut cut) { cuts_[value] = std::move(cut); }

Cut LoweringContext::cut(const TracedNode& node, std::size_t i) const {
  const auto found = cuts_.find(node.input(i));
  if (found == cuts_.end()) {
    node.fail(fmt::format("argument {} is no list that was cut off a tensor", i));
  }
  return found->second;
}

std::string LoweringContext::emit(const std::string& op, std::vector<std::string> inputs,
                                  std::map<std::string, Attribute> attributes) {
  return emit_many(op, std::move(inputs), std::move(attributes), 1).front();
}

std::vector<std::string> LoweringContext::emit_many(const std::string& op,
                                                    std::vector<std::string> inputs,
                                                    std::map<std::string, Attribute> attributes,
                                                    std::size_t outputs) {
  const std::string name = unique(module_.empty() ? op : module_ + "/" + op);
  std::vector<std::string> values;
  for (std::size_t i = 0; i < outputs; ++i) {
    values.push_back(outputs == 1 ? name + ":out" : fmt::format("{}:out{}", name, i));
  }
  model_.nodes.push_back({op, name, std::move(inputs), values, std::move(attributes)});
  if (inside_leaf_) {
    leave_module();
  }
  return values;
}

void LoweringContext::enter_module_of(const std::string& parameter) {
  static const std::set<std::string> of_leaves{"weight", "bias", "running_mean", "running_var"};
  module_ = parameter;
  leave_module();
  const auto name = parameter.substr(parameter.rfind('.') + 1);  // npos + 1 is the start
  inside_leaf_ = of_leaves.count(name) > 0;
}

void LoweringContext::leave_module() {
  const auto dot = module_.rfind('.');
  module_ = dot == std::string::npos ? "" : module_.substr(0, dot);
  inside_leaf_ = false;
}

std::string LoweringContext::transpose(const std::string& x,
                                       const std::vector<std::int64_t>& order) {
  const auto constant = model_.initializers.find(x);
  if (constant == model_.initializers.end()) {
    return emit("Transpose", {x}, {{"perm", order}});
  }
  const Initializer& from = constant->second;
  auto values = float_values(from);
  const auto turned = torch::from_blob(values.data(), from.dims, torch::kFloat).permute(order);
  return add_tensor(x + ".transposed", turned);
}

std::string LoweringContext::add_constant(const std::vector<std::int64_t>& values) {
  return add_shared(make_initializer(fmt::format("ints:{}", fmt::join(values, ",")),
                                     {static_cast<std::int64_t>(values.size())}, values));
}

std::string LoweringContext::add_constant(const std::vector<float>& values) {
  return add_shared(make_initializer(fmt::format("floats:{}", fmt::join(values, ",")),
                                     {static_cast<std::int64_t>(values.size())}, values));
}

std::string LoweringContext::add_constant(float value) {
  return add_shared(make_initializer(fmt::format("float:{}", value), {}, std::vector{value}));
}

std::string LoweringContext::add_shared(Initializer initializer) {
  const std::string name = initializer.name;
  names_.insert(name);
  model_.initializers.emplace(name, std::move(initializer));
  return name;
}

std::string LoweringContext::number(const TracedNode& node, const Samples<double>& values) {
  if (all_equal(values)) {
    return add_constant(static_cast<float>(values.front()));
  }
  // A size, or one divided by a size: 1 / (K - 1) for K attention keys.
  const auto whole = [](const Samples<double>& samples) {
    Samples<std::int64_t> rounded;
    for (const double sample : samples) {
      rounded.push_back(std::llround(sample));
      if (std::abs(static_cast<double>(rounded.back()) - sample) > 1e-9 * std::abs(sample)) {
        return Samples<std::int64_t>{};
      }
    }
    return rounded;
  };
  const auto as_float = [&](const Samples<std::int64_t>& sizes) {
    return emit("Cast", {size_value(node, sizes)}, cast_to(DataType::float32));
  };
  if (const auto sizes = whole(values); !sizes.empty()) {
    return as_float(sizes);
  }
  Samples<double> inverse;
  for (const double value : values) {
    inverse.push_back(1.0 / value);
  }
  if (const auto sizes = whole(inverse); !sizes.empty()) {
    return emit("Div", {add_constant(1.0F), as_float(sizes)});
  }
  node.fail(fmt::format("a number depends on the input's size in an unknown way: {}",
                        fmt::join(values, ", ")));
}

std::string LoweringContext::input_axis(std::int64_t axis) {
  auto& shape = shared_["shape"];
  if (shape.empty()) {
    shape = emit("Shape", {"input"});
  }
  auto& size = shared_[fmt::format("axis {}", axis)];
  if (size.empty()) {
    size = emit("Gather", {shape, add_constant(std::vector<std::int64_t>{axis})},
                {{"axis", std::int64_t{0}}});
  }
  return size;
}

std::string LoweringContext::size_value(const TracedNode& node,
                                        const Samples<std::int64_t>& values) {
  const auto single = [&](std::int64_t value) {
    return add_constant(std::vector<std::int64_t>{value});
  };
  if (all_equal(values)) {
    return single(values.front());
  }
  const auto expression = fit_size_expression(sizes_, values);
  if (!expression) {
    node.fail(fmt::format("a size depends on the input's size in an unknown way: {}",
                          fmt::join(values, ", ")));
  }
  const SizeExpression& e = *expression;
  const std::string key =
      fmt::format("{}*{}*{}*{}+{}>{}", e.factor, e.batch, e.height_divisor, e.width_divisor,
                  e.offset, e.minimum ? std::to_string(*e.minimum) : "");
  const auto found = shared_.find(key);
  if (found != shared_.end()) {
    return found->second;
  }
  const std::string module = std::exchange(module_, "size");
  std::string result;
  const auto multiply = [&](const std::string& factor) {
    result = result.empty() ? factor : emit("Mul", {result, factor});
  };
  const auto multiply_axis = [&](std::int64_t axis, std::int64_t divisor) {
    const std::string size = input_axis(axis);
    multiply(divisor == 1 ? size : emit("Div", {size, single(divisor)}));
  };
  if (e.batch) {
    multiply_axis(0, 1);
  }
  if (e.height_divisor > 0) {
    multiply_axis(2, e.height_divisor);
  }
  if (e.width_divisor > 0) {
    multiply_axis(3, e.width_divisor);
  }
  if (e.factor != 1) {
    multiply(single(e.factor));
  }
  if (e.offset != 0) {
    result = emit("Add", {result, single(e.offset)});
  }
  if (e.minimum) {
    // Opset 11 knows Max of floats alone; sizes are exact in them up to 2^24.
    result = emit("Cast", {result}, cast_to(DataType::float32));
    result = emit("Max", {result, add_constant(static_cast<float>(*e.minimum))});
    result = emit("Cast", {result}, cast_to(DataType::int64));
  }
  module_ = module;
  return shared_[key] = result;
}

std::string LoweringContext::size_vector(const TracedNode& node, const Shape& sizes) {
  std::vector<std::int64_t> constants;
  std::vector<std::string> parts;
  for (const auto& size : sizes) {
    if (all_equal(size)) {
      constants.push_back(size.front());
    }
  }
  if (constants.size() == sizes.size()) {
    return add_constant(constants);
  }
  for (const auto& size : sizes) {
    parts.push_back(size_value(node, size));
  }
  return emit("Concat", parts, {{"axis", std::int64_t{0}}});
}

std::string LoweringContext::reshape(const TracedNode& node, const std::string& x,
                                     const Shape& from, const Shape& to) {
  if (from == to) {
    return x;
  }
  // ONNX: 0 copies the axis of x, one -1 takes what is left.
  const auto uniform = [](std::int64_t value, const Samples<std::int64_t>& like) {
    return Samples<std::int64_t>(like.size(), value);
  };
  Shape target = to;
  std::optional<std::size_t> last_open;
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    if (all_equal(to[axis])) {
      continue;
    }
    if (axis < from.size() && from[axis] == to[axis]) {
      target[axis] = uniform(0, to[axis]);
    } else {
      last_open = axis;
    }
  }
  if (last_open) {
    target[*last_open] = uniform(-1, to[*last_open]);
  }
  return emit("Reshape", {x, size_vector(node, target)});
}

std::string LoweringContext::unique(const std::string& name) {
  std::string result = name;
  for (int i = 2; !names_.insert(result).second; ++i) {
    result = fmt::format("{}_{}", name, i);
  }
  return result;
}

}  // namespace bcnet::onnx
