#include "onnx/model.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace bcnet::onnx {

namespace {

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
    case DataType::int8:
    case DataType::uint8:
      return 1;
    case DataType::float16:
      return 2;
    case DataType::float32:
    case DataType::int32:
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

Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<std::int32_t>& values) {
  return pack(std::move(name), DataType::int32, std::move(dims), values);
}

Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<std::int8_t>& values) {
  return pack(std::move(name), DataType::int8, std::move(dims), values);
}

Initializer make_initializer(std::string name, std::vector<std::int64_t> dims,
                             const std::vector<std::uint8_t>& values) {
  return pack(std::move(name), DataType::uint8, std::move(dims), values);
}

std::vector<float> float_values(const Initializer& initializer) {
  std::vector<float> values(initializer.bytes.size() / sizeof(float));
  std::memcpy(values.data(), initializer.bytes.data(), values.size() * sizeof(float));
  return values;
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
