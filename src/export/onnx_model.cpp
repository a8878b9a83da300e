#include "export/onnx_model.h"

#include <algorithm>
#include <cstring>
#include <protozero/pbf_builder.hpp>
#include <set>

#include "core/version.h"

namespace bcnet::onnx {

namespace {

// Field numbers of onnx.proto; protozero writes them in the order of the calls.
enum class ModelField : protozero::pbf_tag_type {
  ir_version = 1,
  producer_name = 2,
  producer_version = 3,
  graph = 7,
  opset_import = 8,
  metadata_props = 14,
};
enum class OpsetField : protozero::pbf_tag_type { version = 2 };
enum class EntryField : protozero::pbf_tag_type { key = 1, value = 2 };
enum class GraphField : protozero::pbf_tag_type {
  node = 1,
  name = 2,
  initializer = 5,
  input = 11,
  output = 12,
};
enum class NodeField : protozero::pbf_tag_type {
  input = 1,
  output = 2,
  name = 3,
  op_type = 4,
  attribute = 5,
};
enum class AttributeField : protozero::pbf_tag_type {
  name = 1,
  f = 2,
  i = 3,
  s = 4,
  floats = 7,
  ints = 8,
  type = 20,
};
enum class TensorField : protozero::pbf_tag_type {
  dims = 1,
  data_type = 2,
  name = 8,
  raw_data = 9
};
enum class ValueField : protozero::pbf_tag_type { name = 1, type = 2 };
enum class TypeField : protozero::pbf_tag_type { tensor_type = 1 };
enum class TensorTypeField : protozero::pbf_tag_type { elem_type = 1, shape = 2 };
enum class ShapeField : protozero::pbf_tag_type { dim = 1 };
enum class DimensionField : protozero::pbf_tag_type { dim_value = 1, dim_param = 2 };

// AttributeProto.AttributeType
constexpr std::int32_t attribute_float = 1;
constexpr std::int32_t attribute_int = 2;
constexpr std::int32_t attribute_string = 3;
constexpr std::int32_t attribute_floats = 6;
constexpr std::int32_t attribute_ints = 7;

template <typename Field>
using Builder = protozero::pbf_builder<Field>;

struct AttributeWriter {
  Builder<AttributeField>& out;

  void operator()(std::int64_t value) const {
    out.add_int64(AttributeField::i, value);
    out.add_enum(AttributeField::type, attribute_int);
  }
  void operator()(float value) const {
    out.add_float(AttributeField::f, value);
    out.add_enum(AttributeField::type, attribute_float);
  }
  void operator()(const std::string& value) const {
    out.add_bytes(AttributeField::s, value);
    out.add_enum(AttributeField::type, attribute_string);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    for (const std::int64_t value : values) {
      out.add_int64(AttributeField::ints, value);
    }
    out.add_enum(AttributeField::type, attribute_ints);
  }
  void operator()(const std::vector<float>& values) const {
    for (const float value : values) {
      out.add_float(AttributeField::floats, value);
    }
    out.add_enum(AttributeField::type, attribute_floats);
  }
};

void write_node(Builder<GraphField>& graph, const Node& node) {
  Builder<NodeField> out(graph, GraphField::node);
  for (const auto& input : node.inputs) {
    out.add_string(NodeField::input, input);
  }
  for (const auto& output : node.outputs) {
    out.add_string(NodeField::output, output);
  }
  out.add_string(NodeField::name, node.name);
  out.add_string(NodeField::op_type, node.op);
  for (const auto& [name, value] : node.attributes) {
    Builder<AttributeField> attribute(out, NodeField::attribute);
    attribute.add_string(AttributeField::name, name);
    std::visit(AttributeWriter{attribute}, value);
  }
}

void write_initializer(Builder<GraphField>& graph, const Initializer& initializer) {
  Builder<TensorField> out(graph, GraphField::initializer);
  for (const std::int64_t dim : initializer.dims) {
    out.add_int64(TensorField::dims, dim);
  }
  out.add_enum(TensorField::data_type, static_cast<std::int32_t>(initializer.type));
  out.add_string(TensorField::name, initializer.name);
  out.add_bytes(TensorField::raw_data, initializer.bytes);
}

void write_value(Builder<GraphField>& graph, GraphField field, const ValueInfo& value) {
  Builder<ValueField> out(graph, field);
  out.add_string(ValueField::name, value.name);
  Builder<TypeField> type(out, ValueField::type);
  Builder<TensorTypeField> tensor(type, TypeField::tensor_type);
  tensor.add_enum(TensorTypeField::elem_type, static_cast<std::int32_t>(DataType::float32));
  Builder<ShapeField> shape(tensor, TensorTypeField::shape);
  for (const Dimension& dim : value.dims) {
    Builder<DimensionField> entry(shape, ShapeField::dim);
    if (const auto* size = std::get_if<std::int64_t>(&dim)) {
      entry.add_int64(DimensionField::dim_value, *size);
    } else {
      entry.add_string(DimensionField::dim_param, std::get<std::string>(dim));
    }
  }
}

void write_graph(Builder<ModelField>& model_out, const Model& model) {
  Builder<GraphField> graph(model_out, ModelField::graph);
  for (const Node& node : model.nodes) {
    write_node(graph, node);
  }
  graph.add_string(GraphField::name, model.graph_name);
  for (const auto& item : model.initializers) {
    write_initializer(graph, item.second);
  }
  for (const ValueInfo& value : model.inputs) {
    write_value(graph, GraphField::input, value);
  }
  for (const ValueInfo& value : model.outputs) {
    write_value(graph, GraphField::output, value);
  }
}

template <typename T>
Initializer pack(std::string name, DataType type, std::vector<std::int64_t> dims,
                 const std::vector<T>& values) {
  Initializer result{std::move(name), type, std::move(dims), {}};
  result.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return result;
}

}  // namespace

std::size_t size_of(DataType type) {
  switch (type) {
    case DataType::float16:
      return 2;
    case DataType::float32:
      return 4;
    case DataType::int64:
      return 8;
  }
  return 0;
}

Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<float>& values) {
  return pack(std::move(name), DataType::float32, std::move(dims), values);
}

Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<std::int64_t>& values) {
  return pack(std::move(name), DataType::int64, std::move(dims), values);
}

std::vector<float> float_values(const Initializer& initializer) {
  std::vector<float> values(initializer.bytes.size() / sizeof(float));
  std::memcpy(values.data(), initializer.bytes.data(), values.size() * sizeof(float));
  return values;
}

std::string serialize(const Model& model) {
  std::string bytes;
  Builder<ModelField> out(bytes);
  // IR 6 came with opset 11 (ONNX 1.6), IR 7 with 12 and 13.
  out.add_int64(ModelField::ir_version, model.opset < 12 ? 6 : 7);
  out.add_string(ModelField::producer_name, "bcnet");
  out.add_string(ModelField::producer_version, version());
  write_graph(out, model);
  {
    Builder<OpsetField> opset(out, ModelField::opset_import);
    opset.add_int64(OpsetField::version, model.opset);
  }
  for (const auto& [key, value] : model.metadata) {
    Builder<EntryField> entry(out, ModelField::metadata_props);
    entry.add_string(EntryField::key, key);
    entry.add_string(EntryField::value, value);
  }
  return bytes;
}

std::map<std::string, std::vector<std::size_t>> consumers_of(const Model& model) {
  std::map<std::string, std::vector<std::size_t>> consumers;
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    for (const auto& input : model.nodes[i].inputs) {
      consumers[input].push_back(i);
    }
  }
  return consumers;
}

bool is_output(const Model& model, const std::string& value) {
  return std::any_of(model.outputs.begin(), model.outputs.end(),
                     [&](const ValueInfo& output) { return output.name == value; });
}

void remove_unused(Model& model) {
  std::set<std::string> needed;
  for (const ValueInfo& output : model.outputs) {
    needed.insert(output.name);
  }
  std::vector<Node> kept;
  for (auto node = model.nodes.rbegin(); node != model.nodes.rend(); ++node) {
    const bool used = std::any_of(node->outputs.begin(), node->outputs.end(),
                                  [&](const std::string& name) { return needed.count(name) > 0; });
    if (used) {
      needed.insert(node->inputs.begin(), node->inputs.end());
      kept.push_back(std::move(*node));
    }
  }
  std::reverse(kept.begin(), kept.end());
  model.nodes = std::move(kept);
  for (auto item = model.initializers.begin(); item != model.initializers.end();) {
    item = needed.count(item->first) > 0 ? std::next(item) : model.initializers.erase(item);
  }
}

}  // namespace bcnet::onnx
