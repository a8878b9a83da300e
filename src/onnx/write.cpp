#include "onnx/write.h"

#include <protozero/pbf_builder.hpp>

#include "core/version.h"
#include "onnx/fields.h"

namespace bcnet::onnx {

namespace {

template <typename Field>
using Builder = protozero::pbf_builder<Field>;

struct AttributeWriter {
  Builder<AttributeField>& out;

  void operator()(std::int64_t value) const {
    out.add_int64(AttributeField::i, value);
    out.add_enum(AttributeField::type, static_cast<std::int32_t>(AttributeType::integer));
  }
  void operator()(float value) const {
    out.add_float(AttributeField::f, value);
    out.add_enum(AttributeField::type, static_cast<std::int32_t>(AttributeType::number));
  }
  void operator()(const std::string& value) const {
    out.add_bytes(AttributeField::s, value);
    out.add_enum(AttributeField::type, static_cast<std::int32_t>(AttributeType::text));
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    for (const std::int64_t value : values) {
      out.add_int64(AttributeField::ints, value);
    }
    out.add_enum(AttributeField::type, static_cast<std::int32_t>(AttributeType::integers));
  }
  void operator()(const std::vector<float>& values) const {
    for (const float value : values) {
      out.add_float(AttributeField::floats, value);
    }
    out.add_enum(AttributeField::type, static_cast<std::int32_t>(AttributeType::numbers));
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

}  // namespace

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

}  // namespace bcnet::onnx
