#pragma once

#include <cstdint>
#include <protozero/types.hpp>

namespace bcnet::onnx {

// Field numbers of onnx.proto, as far as this project reads or writes them. protozero writes
// fields in the order of the calls.
enum class ModelField : protozero::pbf_tag_type {
  ir_version = 1,
  producer_name = 2,
  producer_version = 3,
  graph = 7,
  opset_import = 8,
  metadata_props = 14,
};
enum class OpsetField : protozero::pbf_tag_type { domain = 1, version = 2 };
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
  t = 5,
  floats = 7,
  ints = 8,
  type = 20,
};
enum class TensorField : protozero::pbf_tag_type {
  dims = 1,
  data_type = 2,
  float_data = 4,
  int32_data = 5,
  int64_data = 7,
  name = 8,
  raw_data = 9,
  external_data = 13,
};
enum class ValueField : protozero::pbf_tag_type { name = 1, type = 2 };
enum class TypeField : protozero::pbf_tag_type { tensor_type = 1 };
enum class TensorTypeField : protozero::pbf_tag_type { elem_type = 1, shape = 2 };
enum class ShapeField : protozero::pbf_tag_type { dim = 1 };
enum class DimensionField : protozero::pbf_tag_type { dim_value = 1, dim_param = 2 };

/// AttributeProto.AttributeType
enum class AttributeType : std::int32_t { number = 1, integer = 2, text = 3, numbers = 6, integers = 7 };

}  // namespace bcnet::onnx
