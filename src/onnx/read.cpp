#include "onnx/read.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <protozero/exception.hpp>
#include <protozero/pbf_message.hpp>

#include "core/download_note.h"
#include "core/error.h"
#include "onnx/fields.h"

namespace bcnet::onnx {

namespace {

template <typename Field>
using Message = protozero::pbf_message<Field>;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::model, what); }

// A repeated number is packed or not, as the writer liked.
constexpr auto packed = protozero::pbf_wire_type::length_delimited;

template <typename Field>
void append_int64(Message<Field>& message, std::vector<std::int64_t>& values) {
  if (message.wire_type() == packed) {
    const auto range = message.get_packed_int64();
    values.insert(values.end(), range.begin(), range.end());
  } else {
    values.push_back(message.get_int64());
  }
}

template <typename Field>
void append_float(Message<Field>& message, std::vector<float>& values) {
  if (message.wire_type() == packed) {
    const auto range = message.get_packed_float();
    values.insert(values.end(), range.begin(), range.end());
  } else {
    values.push_back(message.get_float());
  }
}

DataType data_type(std::int32_t number) {
  const auto type = static_cast<DataType>(number);
  if (size_of(type) == 0) {
    refuse(fmt::format("a constant of ONNX data type {}, which is not supported", number));
  }
  return type;
}

template <typename T>
std::string bytes_of(const std::vector<std::int64_t>& values) {
  const std::vector<T> narrow(values.begin(), values.end());
  return {reinterpret_cast<const char*>(narrow.data()), narrow.size() * sizeof(T)};
}

std::string bytes_of(DataType type, const std::vector<float>& floats,
                     const std::vector<std::int64_t>& integers) {
  switch (type) {
    case DataType::float32:
      return {reinterpret_cast<const char*>(floats.data()), floats.size() * sizeof(float)};
    case DataType::int64:
      return bytes_of<std::int64_t>(integers);
    case DataType::int32:
      return bytes_of<std::int32_t>(integers);
    case DataType::float16:  // its bits, one in each int32
      return bytes_of<std::uint16_t>(integers);
    case DataType::int8:
      return bytes_of<std::int8_t>(integers);
    case DataType::uint8:
      return bytes_of<std::uint8_t>(integers);
  }
  return {};
}

std::uint64_t bytes_needed(const Initializer& tensor) {
  std::uint64_t bytes = size_of(tensor.type);
  for (const std::int64_t dim : tensor.dims) {
    if (dim < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(dim), &bytes)) {
      refuse(fmt::format("constant '{}' of the shape [{}], which none has", tensor.name,
                         fmt::join(tensor.dims, ",")));
    }
  }
  return bytes;
}

Initializer read_tensor(Message<TensorField> message) {
  Initializer tensor;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
  while (message.next()) {
    switch (message.tag()) {
      case TensorField::dims:
        append_int64(message, tensor.dims);
        break;
      case TensorField::data_type:
        tensor.type = data_type(message.get_int32());
        break;
      case TensorField::name:
        tensor.name = message.get_string();
        break;
      case TensorField::raw_data:
        tensor.bytes = message.get_string();
        break;
      case TensorField::float_data:
        append_float(message, floats);
        break;
      case TensorField::int32_data:
      case TensorField::int64_data:
        append_int64(message, integers);
        break;
      case TensorField::external_data:
        refuse("weights in a file of their own, which is not supported");
      default:
        message.skip();
    }
  }
  if (tensor.bytes.empty()) {
    tensor.bytes = bytes_of(tensor.type, floats, integers);
  }
  const std::uint64_t needed = bytes_needed(tensor);
  if (tensor.bytes.size() != needed) {
    refuse(fmt::format("constant '{}' has {} bytes, its shape needs {}", tensor.name,
                       tensor.bytes.size(), needed));
  }
  return tensor;
}

/// An attribute, or the tensor of a Constant.
struct NamedAttribute {
  std::string name;
  std::variant<Attribute, Initializer> value;
};

NamedAttribute read_attribute(Message<AttributeField> message) {
  NamedAttribute result;
  float number = 0;
  std::int64_t integer = 0;
  std::string text;
  std::vector<float> numbers;
  std::vector<std::int64_t> integers;
  Initializer tensor;
  constexpr int tensor_type = 4;
  int type = 0;
  while (message.next()) {
    switch (message.tag()) {
      case AttributeField::name:
        result.name = message.get_string();
        break;
      case AttributeField::f:
        number = message.get_float();
        break;
      case AttributeField::i:
        integer = message.get_int64();
        break;
      case AttributeField::s:
        text = message.get_string();
        break;
      case AttributeField::t:
        tensor = read_tensor(message.get_message());
        break;
      case AttributeField::floats:
        append_float(message, numbers);
        break;
      case AttributeField::ints:
        append_int64(message, integers);
        break;
      case AttributeField::type:
        type = message.get_int32();
        break;
      default:
        message.skip();
    }
  }
  switch (static_cast<AttributeType>(type)) {
    case AttributeType::number:
      result.value = Attribute(number);
      return result;
    case AttributeType::integer:
      result.value = Attribute(integer);
      return result;
    case AttributeType::text:
      result.value = Attribute(text);
      return result;
    case AttributeType::numbers:
      result.value = Attribute(numbers);
      return result;
    case AttributeType::integers:
      result.value = Attribute(integers);
      return result;
  }
  if (type != tensor_type) {
    refuse(fmt::format("attribute '{}' of kind {}, which is not supported", result.name, type));
  }
  result.value = std::move(tensor);
  return result;
}

/// What those who change a model take for granted of an operator.
struct Form {
  std::size_t fewest_inputs;
  std::map<std::string, std::size_t> attributes;  ///< by name: their place among Attribute's types
};

const std::map<std::string, Form>& known_forms() {
  const std::size_t integer = Attribute(std::int64_t{0}).index();
  const std::size_t number = Attribute(0.0F).index();
  const std::size_t integers = Attribute(std::vector<std::int64_t>()).index();
  static const std::map<std::string, Form> forms{{"BatchNormalization", {5, {{"epsilon", number}}}},
                                                 {"Cast", {1, {{"to", integer}}}},
                                                 {"Clip", {1, {}}},
                                                 {"Conv",
                                                  {2,
                                                   {{"dilations", integers},
                                                    {"group", integer},
                                                    {"kernel_shape", integers},
                                                    {"pads", integers},
                                                    {"strides", integers}}}},
                                                 {"DequantizeLinear", {2, {{"axis", integer}}}},
                                                 {"Pad", {1, {}}},
                                                 {"QuantizeLinear", {2, {{"axis", integer}}}},
                                                 {"ReduceSum", {1, {{"axes", integers}}}},
                                                 {"Relu", {1, {}}},
                                                 {"Resize", {1, {}}},
                                                 {"Squeeze", {1, {{"axes", integers}}}},
                                                 {"Unsqueeze", {1, {{"axes", integers}}}}};
  return forms;
}

void check_node(const Node& node) {
  const auto called = [&] { return fmt::format("{} '{}'", node.op, node.name); };
  if (node.outputs.empty()) {
    refuse(called() + " without an output");
  }
  const auto form = known_forms().find(node.op);
  if (form == known_forms().end()) {
    return;
  }
  if (node.inputs.size() < form->second.fewest_inputs) {
    refuse(fmt::format("{} has {} inputs, at least {} are expected", called(), node.inputs.size(),
                       form->second.fewest_inputs));
  }
  for (const auto& [name, kind] : form->second.attributes) {
    const auto found = node.attributes.find(name);
    if (found != node.attributes.end() && found->second.index() != kind) {
      refuse(fmt::format("{}: attribute '{}' is of another kind than ONNX has it", called(), name));
    }
  }
}

void read_node(Message<NodeField> message, Model& model) {
  Node node;
  std::vector<NamedAttribute> attributes;
  while (message.next()) {
    switch (message.tag()) {
      case NodeField::input:
        node.inputs.push_back(message.get_string());
        break;
      case NodeField::output:
        node.outputs.push_back(message.get_string());
        break;
      case NodeField::name:
        node.name = message.get_string();
        break;
      case NodeField::op_type:
        node.op = message.get_string();
        break;
      case NodeField::attribute:
        attributes.push_back(read_attribute(message.get_message()));
        break;
      default:
        message.skip();
    }
  }
  for (auto& [name, value] : attributes) {
    if (auto* tensor = std::get_if<Initializer>(&value)) {
      if (node.op != "Constant" || node.outputs.size() != 1) {
        refuse(fmt::format("{} '{}' with a tensor as attribute, which is not supported", node.op,
                           node.name));
      }
      tensor->name = node.outputs[0];
      model.initializers[tensor->name] = std::move(*tensor);
      return;
    }
    node.attributes[name] = std::get<Attribute>(value);
  }
  check_node(node);
  model.nodes.push_back(std::move(node));
}

Dimension read_dimension(Message<DimensionField> message) {
  Dimension result = std::string("?");
  while (message.next()) {
    switch (message.tag()) {
      case DimensionField::dim_value:
        result = message.get_int64();
        break;
      case DimensionField::dim_param:
        result = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  return result;
}

/// The one field of a message that wraps another, passing over the rest.
template <typename Inner, typename Field>
Message<Inner> only(Message<Field> message, Field field) {
  Message<Inner> found;
  while (message.next()) {
    if (message.tag() == field) {
      found = message.get_message();
    } else {
      message.skip();
    }
  }
  return found;
}

ValueInfo read_value(Message<ValueField> message) {
  ValueInfo value;
  Message<TypeField> type;
  while (message.next()) {
    switch (message.tag()) {
      case ValueField::name:
        value.name = message.get_string();
        break;
      case ValueField::type:
        type = message.get_message();
        break;
      default:
        message.skip();
    }
  }
  auto tensor = only<TensorTypeField>(type, TypeField::tensor_type);
  while (tensor.next()) {
    if (tensor.tag() == TensorTypeField::elem_type) {
      if (tensor.get_int32() != static_cast<int>(DataType::float32)) {
        refuse(fmt::format("'{}' is not of float32", value.name));
      }
    } else if (tensor.tag() == TensorTypeField::shape) {
      Message<ShapeField> shape = tensor.get_message();
      while (shape.next(ShapeField::dim)) {
        value.dims.push_back(read_dimension(shape.get_message()));
      }
    } else {
      tensor.skip();
    }
  }
  return value;
}

void read_graph(Message<GraphField> message, Model& model) {
  while (message.next()) {
    switch (message.tag()) {
      case GraphField::node:
        read_node(message.get_message(), model);
        break;
      case GraphField::name:
        model.graph_name = message.get_string();
        break;
      case GraphField::initializer: {
        Initializer tensor = read_tensor(message.get_message());
        model.initializers[tensor.name] = std::move(tensor);
        break;
      }
      case GraphField::input:
        model.inputs.push_back(read_value(message.get_message()));
        break;
      case GraphField::output:
        model.outputs.push_back(read_value(message.get_message()));
        break;
      default:
        message.skip();
    }
  }
}

void read_opset(Message<OpsetField> message, Model& model) {
  std::string domain;
  std::int64_t version = 0;
  while (message.next()) {
    switch (message.tag()) {
      case OpsetField::domain:
        domain = message.get_string();
        break;
      case OpsetField::version:
        version = message.get_int64();
        break;
      default:
        message.skip();
    }
  }
  if (!domain.empty() && domain != "ai.onnx") {
    refuse(fmt::format("operators of the domain '{}', which is not supported", domain));
  }
  if (version < 1 || version > INT32_MAX) {
    refuse(fmt::format("opset {}, which is none", version));
  }
  model.opset = static_cast<int>(version);
}

/// Constant weights of a convolution are [C,...] with an axis of inputs and one of taps at least,
/// and its bias is [C].
void check_convolution(const Node& node, const Model& model) {
  const auto refuse_shape = [&](const Initializer& tensor) {
    refuse(fmt::format("Conv '{}': constant '{}' of the shape [{}] does not fit", node.name,
                       tensor.name, fmt::join(tensor.dims, ",")));
  };
  constexpr std::size_t fewest_axes = 3;
  const auto weight = model.initializers.find(node.inputs[1]);
  if (weight == model.initializers.end()) {
    return;
  }
  const std::vector<std::int64_t>& dims = weight->second.dims;
  if (dims.size() < fewest_axes || std::count(dims.begin(), dims.end(), 0) > 0) {
    refuse_shape(weight->second);
  }
  const auto bias =
      node.inputs.size() > 2 ? model.initializers.find(node.inputs[2]) : model.initializers.end();
  if (bias != model.initializers.end() && bias->second.dims != std::vector<std::int64_t>{dims[0]}) {
    refuse_shape(bias->second);
  }
}

Model read_model(Message<ModelField> message) {
  Model model;
  bool has_graph = false;
  while (message.next()) {
    switch (message.tag()) {
      case ModelField::graph:
        read_graph(message.get_message(), model);
        has_graph = true;
        break;
      case ModelField::opset_import:
        read_opset(message.get_message(), model);
        break;
      case ModelField::metadata_props: {
        Message<EntryField> entry = message.get_message();
        std::string key, value;
        while (entry.next()) {
          if (entry.tag() == EntryField::key) {
            key = entry.get_string();
          } else if (entry.tag() == EntryField::value) {
            value = entry.get_string();
          } else {
            entry.skip();
          }
        }
        model.metadata[key] = value;
        break;
      }
      default:
        message.skip();
    }
  }
  if (!has_graph || model.nodes.empty() || model.outputs.empty()) {
    refuse("not an ONNX model");
  }
  for (const Node& node : model.nodes) {
    if (node.op == "Conv") {
      check_convolution(node, model);
    }
  }
  return model;
}

}  // namespace

Model parse(std::string_view bytes, const std::string& file) {
  try {
    return read_model(Message<ModelField>(bytes.data(), bytes.size()));
  } catch (const protozero::exception&) {
    throw Error(ErrorKind::model,
                file + ": not an ONNX model, or one cut short" + download_note(bytes));
  } catch (const Error& error) {
    throw Error(ErrorKind::model, file + ": " + error.what());
  }
}

}  // namespace bcnet::onnx
