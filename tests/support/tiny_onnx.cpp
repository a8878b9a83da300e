#include "support/tiny_onnx.h"

#include <protozero/pbf_writer.hpp>
#include <vector>

#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

using protozero::pbf_writer;

// Field numbers are those of onnx.proto3.
constexpr int float_type = 1;

void add_port(pbf_writer& graph, int field, const std::string& name, const TinyOnnx& model,
              int channels) {
  pbf_writer value(graph, static_cast<protozero::pbf_tag_type>(field));
  value.add_string(1, name);
  pbf_writer type(value, 2);
  pbf_writer tensor(type, 1);
  tensor.add_int32(1, float_type);
  pbf_writer shape(tensor, 2);
  const auto add_dimension = [&](const char* symbol, int size) {
    pbf_writer dimension(shape, 1);
    if (model.dynamic && symbol != nullptr) {
      dimension.add_string(2, symbol);
    } else {
      dimension.add_int64(1, size);
    }
  };
  add_dimension("N", 1);
  add_dimension(nullptr, channels);
  add_dimension("H", model.description.input_height);
  add_dimension("W", model.description.input_width);
}

void add_initializer(pbf_writer& graph, const std::string& name,
                     const std::vector<std::int64_t>& dims, const std::vector<float>& values) {
  pbf_writer tensor(graph, 5);
  tensor.add_packed_int64(1, dims.begin(), dims.end());
  tensor.add_int32(2, float_type);
  tensor.add_string(8, name);
  tensor.add_bytes(9, reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

}  // namespace

std::string TinyOnnx::bytes() const {
  std::string buffer;
  pbf_writer model(buffer);
  model.add_int64(1, 6);  // ir_version
  {
    pbf_writer graph(model, 7);
    {
      pbf_writer node(graph, 1);
      for (const std::string& name : {input_name, std::string("weight"), std::string("bias")}) {
        node.add_string(1, name);
      }
      node.add_string(2, output_name);
      node.add_string(3, "head");
      node.add_string(4, "Conv");
    }
    graph.add_string(2, "tiny");
    std::vector<float> weights(weight.begin(), weight.end());
    weights.resize(static_cast<std::size_t>(input_channels));
    add_initializer(graph, "weight", {1, input_channels, 1, 1}, weights);
    add_initializer(graph, "bias", {1}, {bias});
    add_port(graph, 11, input_name, *this, input_channels);
    add_port(graph, 12, output_name, *this, 1);
  }
  {
    pbf_writer opset(model, 8);
    opset.add_string(1, "");
    opset.add_int64(2, 11);
  }
  if (described) {
    for (const auto& [key, value] : to_metadata(description)) {
      pbf_writer entry(model, 14);
      entry.add_string(1, key);
      entry.add_string(2, value);
    }
  }
  return buffer;
}

std::filesystem::path TinyOnnx::write(const std::filesystem::path& path) const {
  write_text(path, bytes());
  return path;
}

}  // namespace bcnet::test
