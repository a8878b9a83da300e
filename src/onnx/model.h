#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace bcnet::onnx {

/// The numbers of TensorProto.DataType (onnx.proto), as far as this project writes them.
enum class DataType { float32 = 1, uint8 = 2, int8 = 3, int32 = 6, int64 = 7, float16 = 10 };

/// Bytes of one element.
std::size_t size_of(DataType type);

/// A constant of the graph. bytes holds the elements in row-major order, little-endian.
struct Initializer {
  std::string name;
  DataType type = DataType::float32;
  std::vector<std::int64_t> dims;
  std::string bytes;
};

Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<float>& values);
Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<std::int64_t>& values);
Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<std::int32_t>& values);
Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<std::int8_t>& values);
Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<std::uint8_t>& values);

/// Elements of a float32 initializer.
std::vector<float> float_values(const Initializer& initializer);

using Attribute =
    std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>>;

struct Node {
  std::string op;                   ///< operator of the default domain: "Conv"
  std::string name;                 ///< unique in the graph
  std::vector<std::string> inputs;  ///< an empty string is an input left out
  std::vector<std::string> outputs;
  std::map<std::string, Attribute> attributes;
};

/// One axis: a size, or the name of a size that the caller chooses.
using Dimension = std::variant<std::int64_t, std::string>;

/// An input or output of the graph, always float32.
struct ValueInfo {
  std::string name;
  std::vector<Dimension> dims;
};

/// An ONNX model in memory. Nodes stand in topological order.
struct Model {
  int opset = 11;
  std::string graph_name;
  std::vector<Node> nodes;
  std::map<std::string, Initializer> initializers;  ///< by name
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::map<std::string, std::string> metadata;  ///< metadata_props
};

/// Indices of the nodes that read a value.
std::map<std::string, std::vector<std::size_t>> consumers_of(const Model& model);

/// True where the value is an output of the graph.
bool is_output(const Model& model, const std::string& value);

/// Drops nodes and initializers that no output depends on.
void remove_unused(Model& model);

}  // namespace bcnet::onnx
