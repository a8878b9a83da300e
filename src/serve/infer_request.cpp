#include "serve/infer_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

namespace bcnet::serve {

namespace {

constexpr std::size_t most_values = 1000;  // besides the elements of tensors
constexpr std::size_t deepest = 16;
constexpr std::size_t most_dimensions = 8;

/// Reads the JSON into values, but for the numbers of inputs[].data: these go into plain arrays, or
/// a body of 32 MB would become half a gigabyte.
class Reader : public nlohmann::json_sax<Json> {
 public:
  const Json& root() const { return root_; }
  std::vector<float>& numbers(std::size_t input) { return numbers_[input]; }
  const std::string& problem() const { return problem_; }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override {
    return in_data() ? add_number(static_cast<double>(value)) : add(value);
  }
  bool number_unsigned(number_unsigned_t value) override {
    return in_data() ? add_number(static_cast<double>(value)) : add(value);
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return in_data() ? add_number(value) : add(value);
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return fail("no JSON"); }
  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) override {
    if (in_data()) {
      return ++data_depth_ <= most_dimensions || fail("inputs: data: too many dimensions");
    }
    if (stack_.size() == 3 && keys_ == std::vector<std::string>{"inputs", "", "data"}) {
      if (!with_data_.insert(stack_[1]->size()).second) {
        return fail("inputs: data: found twice in one input");
      }
      data_depth_ = 1;
      numbers_.resize(std::max(numbers_.size(), stack_[1]->size()));
      return true;
    }
    return open(Json::array());
  }
  bool end_object() override { return close(); }
  bool end_array() override {
    if (in_data()) {
      --data_depth_;
      return true;
    }
    return close();
  }
  bool key(string_t& value) override {
    keys_.back() = std::move(value);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return fail(fmt::format("the body is no JSON at byte {}", position));
  }

  /// Every input has its array, also one without data.
  void finish() {
    const auto inputs = root_.find("inputs");
    if (root_.is_object() && inputs != root_.end() && inputs->is_array()) {
      numbers_.resize(inputs->size());
    }
  }

 private:
  bool in_data() const { return data_depth_ > 0; }

  bool fail(const std::string& problem) {
    problem_ = problem;
    return false;
  }

  bool add_number(double value) {
    if (!(std::abs(value) <= std::numeric_limits<float>::max())) {
      return fail("inputs: data: found a number that is no 32-bit float");
    }
    numbers_[stack_[1]->size() - 1].push_back(static_cast<float>(value));
    return true;
  }

  bool add(Json value) {
    if (in_data()) {
      return fail("inputs: data: numbers alone are allowed");
    }
    return put(std::move(value)) != nullptr;
  }

  /// The value at its place, null where there is no room.
  Json* put(Json value) {
    if (++values_ > most_values) {
      fail("the JSON holds too many values");
      return nullptr;
    }
    if (stack_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *stack_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[keys_.back()] = std::move(value));
  }

  bool open(Json container) {
    if (in_data()) {
      return fail("inputs: data: numbers alone are allowed");
    }
    if (stack_.size() == deepest) {
      return fail("the JSON is nested too deep");
    }
    Json* place = put(std::move(container));
    if (place == nullptr) {
      return false;
    }
    stack_.push_back(place);
    keys_.emplace_back();
    return true;
  }

  bool close() {
    stack_.pop_back();
    keys_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Json*> stack_;
  std::vector<std::string> keys_;  ///< the last key of each level, empty of arrays
  std::vector<std::vector<float>> numbers_;
  std::set<std::size_t> with_data_;  ///< inputs by their number, from 1
  std::size_t data_depth_ = 0;
  std::size_t values_ = 0;
  std::string problem_;
};

std::string text_of(const Json& object, const char* key, const std::string& where, bool required) {
  const auto found = object.find(key);
  if (found == object.end() && !required) {
    return "";
  }
  if (found == object.end() || !found->is_string()) {
    throw protocol_error(fmt::format("{}{}: a string is expected", where, key));
  }
  return found->get<std::string>();
}

/// A value of "parameters"; null where it is not given.
const Json* parameter_of(const Json& object, const char* key, const std::string& where) {
  const auto parameters = object.find("parameters");
  if (parameters == object.end()) {
    return nullptr;
  }
  if (!parameters->is_object()) {
    throw protocol_error(where + "parameters: an object is expected");
  }
  const auto found = parameters->find(key);
  return found == parameters->end() ? nullptr : &*found;
}

/// Extensions of the protocol that change where a tensor comes from or what an output holds: an
/// answer without them would be another one.
void check_parameters(const Json& tensor, const std::string& where) {
  for (const char* key : {"classification", "shared_memory_region", "shared_memory_byte_size",
                          "shared_memory_offset"}) {
    if (parameter_of(tensor, key, where) != nullptr) {
      throw protocol_error(fmt::format("{}parameters: {}: not supported", where, key));
    }
  }
}

bool flag_of(const Json& object, const char* key, bool fallback, const std::string& where) {
  const Json* found = parameter_of(object, key, where);
  if (found != nullptr && !found->is_boolean()) {
    throw protocol_error(fmt::format("{}parameters: {}: true or false is expected", where, key));
  }
  return found == nullptr ? fallback : found->get<bool>();
}

std::vector<std::int64_t> shape_of(const Json& input, const std::string& where) {
  const auto found = input.find("shape");
  const auto is_extent = [](const Json& value) {
    return value.is_number_integer() && value <= INT32_MAX && value >= 0;
  };
  if (found == input.end() || !found->is_array() || found->empty() ||
      found->size() > most_dimensions || !std::all_of(found->begin(), found->end(), is_extent)) {
    throw protocol_error(where + "shape: 1 to 8 whole numbers of 0 or more are expected");
  }
  return found->get<std::vector<std::int64_t>>();
}

/// What binary_data_size says; none where the tensor's elements stand in the JSON.
std::optional<std::size_t> binary_size(const Json& input, const std::string& where) {
  const Json* size = parameter_of(input, "binary_data_size", where);
  if (size == nullptr) {
    return std::nullopt;
  }
  if (!size->is_number_unsigned()) {
    throw protocol_error(where +
                         "parameters: binary_data_size: a whole number of 0 or more is expected");
  }
  return size->get<std::size_t>();
}

std::vector<InputTensor> inputs_of(Reader& reader, std::string_view binary) {
  const Json& root = reader.root();
  const auto inputs = root.find("inputs");
  if (inputs == root.end() || !inputs->is_array() || inputs->empty()) {
    throw protocol_error("inputs: an array of tensors is expected");
  }
  std::vector<InputTensor> tensors;
  std::set<std::string> names;
  for (std::size_t i = 0; i < inputs->size(); ++i) {
    const Json& input = (*inputs)[i];
    const std::string where = fmt::format("inputs[{}]: ", i);
    if (!input.is_object()) {
      throw protocol_error(where + "an object is expected");
    }
    check_parameters(input, where);
    InputTensor tensor;
    tensor.name = text_of(input, "name", where, true);
    tensor.datatype = text_of(input, "datatype", where, true);
    tensor.shape = shape_of(input, where);
    if (!names.insert(tensor.name).second) {
      throw protocol_error(where + "its name comes twice");
    }
    if (input.count("data") > 0) {
      throw protocol_error(where + "data: an array of numbers is expected");
    }
    tensor.numbers = std::move(reader.numbers(i));
    if (const auto size = binary_size(input, where)) {
      if (!tensor.numbers.empty()) {
        throw protocol_error(where + "found data and binary_data_size, one of them is allowed");
      }
      if (*size > binary.size()) {
        throw protocol_error(fmt::format("{}binary_data_size: found {}, the body has {} bytes left",
                                         where, *size, binary.size()));
      }
      tensor.bytes = binary.substr(0, *size);
      binary.remove_prefix(*size);
    }
    tensors.push_back(std::move(tensor));
  }
  if (!binary.empty()) {
    throw protocol_error(fmt::format("the body holds {} bytes that no input names", binary.size()));
  }
  return tensors;
}

std::vector<RequestedOutput> outputs_of(const Json& root, bool binary_by_default) {
  std::vector<RequestedOutput> requested;
  const auto outputs = root.find("outputs");
  if (outputs == root.end()) {
    return requested;
  }
  if (!outputs->is_array()) {
    throw protocol_error("outputs: an array is expected");
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    const Json& output = (*outputs)[i];
    const std::string where = fmt::format("outputs[{}]: ", i);
    if (!output.is_object()) {
      throw protocol_error(where + "an object is expected");
    }
    check_parameters(output, where);
    RequestedOutput one{text_of(output, "name", where, true),
                        flag_of(output, "binary_data", binary_by_default, where)};
    if (!names.insert(one.name).second) {
      throw protocol_error(where + "its name comes twice");
    }
    requested.push_back(std::move(one));
  }
  return requested;
}

/// Elements of a shape; none where they are more than fit anywhere.
std::uint64_t count_of(const std::vector<std::int64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent != 0 && count > UINT64_MAX / static_cast<std::uint64_t>(extent)) {
      return UINT64_MAX;
    }
    count *= static_cast<std::uint64_t>(extent);
  }
  return count;
}

/// Checks everything but the elements; gives their number.
std::size_t check_tensor(const InputTensor& tensor, const char* datatype, std::size_t element,
                         const std::vector<std::int64_t>& shape, std::uint64_t most_elements) {
  if (tensor.datatype != datatype) {
    throw protocol_error(fmt::format("{}: datatype: {} is expected", tensor.name, datatype));
  }
  const bool fits = tensor.shape.size() == shape.size() &&
                    std::equal(shape.begin(), shape.end(), tensor.shape.begin(),
                               [](std::int64_t allowed, std::int64_t found) {
                                 return found > 0 && (allowed < 0 || allowed == found);
                               });
  if (!fits) {
    throw protocol_error(fmt::format("{}: shape: found {}, {} is expected", tensor.name,
                                     show_shape(tensor.shape), show_shape(shape)));
  }
  const std::uint64_t count = count_of(tensor.shape);
  if (count > most_elements) {
    throw protocol_error(fmt::format("{}: shape: found {}, at most {} elements are allowed",
                                     tensor.name, show_shape(tensor.shape), most_elements),
                         ErrorReason::too_large);
  }
  const std::uint64_t found = tensor.bytes ? tensor.bytes->size() : tensor.numbers.size();
  const std::uint64_t expected = tensor.bytes ? count * element : count;
  if (found != expected) {
    throw protocol_error(fmt::format("{}: data: found {} {}, the shape {} has {}", tensor.name,
                                     found, tensor.bytes ? "bytes" : "numbers",
                                     show_shape(tensor.shape), expected));
  }
  return static_cast<std::size_t>(count);
}

}  // namespace

Error protocol_error(const std::string& message, ErrorReason reason) {
  // Names of tensors come from the client: one line, not longer than makes sense.
  constexpr std::size_t longest = 300;
  std::string line = json_line(Json(message.substr(0, longest)));
  line = line.substr(1, line.size() - 2);
  return {ErrorKind::data, line, reason, line};
}

std::string show_shape(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

InferRequest parse_infer_request(std::string_view body, std::optional<std::size_t> json_bytes) {
  if (json_bytes.value_or(0) > body.size()) {
    throw protocol_error(
        fmt::format("Inference-Header-Content-Length: found {}, the body has {} bytes", *json_bytes,
                    body.size()));
  }
  const std::string_view text = body.substr(0, json_bytes.value_or(body.size()));
  Reader reader;
  if (!Json::sax_parse(text.begin(), text.end(), &reader)) {
    throw protocol_error(reader.problem());
  }
  if (!reader.root().is_object()) {
    throw protocol_error("the body: a JSON object is expected");
  }
  reader.finish();
  InferRequest request;
  request.id = text_of(reader.root(), "id", "", false);
  request.binary_outputs = flag_of(reader.root(), "binary_data_output", false, "");
  request.inputs = inputs_of(reader, body.substr(text.size()));
  request.outputs = outputs_of(reader.root(), request.binary_outputs);
  return request;
}

std::vector<float> float_elements(const InputTensor& tensor,
                                  const std::vector<std::int64_t>& shape) {
  const std::size_t count = check_tensor(tensor, "FP32", sizeof(float), shape, UINT32_MAX);
  if (!tensor.bytes) {
    return tensor.numbers;
  }
  std::vector<float> elements(count);
  std::memcpy(elements.data(), tensor.bytes->data(), tensor.bytes->size());
  if (!std::all_of(elements.begin(), elements.end(), [](float v) { return std::isfinite(v); })) {
    throw protocol_error(tensor.name + ": data: found numbers that are not finite");
  }
  return elements;
}

std::vector<std::uint8_t> byte_elements(const InputTensor& tensor,
                                        const std::vector<std::int64_t>& shape,
                                        std::uint64_t most_elements) {
  const std::size_t count = check_tensor(tensor, "UINT8", 1, shape, most_elements);
  if (tensor.bytes) {
    return {tensor.bytes->begin(), tensor.bytes->end()};
  }
  std::vector<std::uint8_t> elements(count);
  std::transform(tensor.numbers.begin(), tensor.numbers.end(), elements.begin(), [&](float value) {
    if (!(value >= 0 && value <= 255 && value == std::floor(value))) {
      throw protocol_error(fmt::format(
          "{}: data: found {}, whole numbers from 0 to 255 are expected", tensor.name, value));
    }
    return static_cast<std::uint8_t>(value);
  });
  return elements;
}

}  // namespace bcnet::serve
