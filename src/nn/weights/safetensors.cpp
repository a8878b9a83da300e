#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <set>
#include <string_view>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "nn/weights/formats.h"
#include "nn/weights/tensor_bytes.h"

// Layout: 8 bytes with the header's length, the header (JSON, padded with spaces), the data.
// All numbers are little-endian. Offsets count from the data's first byte.

namespace bcnet::nn {

namespace {

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t max_header_bytes = 100'000'000;  // the reference implementation's limit
constexpr std::size_t max_dimensions = 64;               // LibTorch's limit
constexpr const char* metadata_key = "__metadata__";

struct Type {
  const char* name;
  torch::ScalarType type;
};
constexpr std::array<Type, 10> types{{{"F64", torch::kFloat64},
                                      {"F32", torch::kFloat32},
                                      {"F16", torch::kFloat16},
                                      {"BF16", torch::kBFloat16},
                                      {"I64", torch::kInt64},
                                      {"I32", torch::kInt32},
                                      {"I16", torch::kInt16},
                                      {"I8", torch::kInt8},
                                      {"U8", torch::kUInt8},
                                      {"BOOL", torch::kBool}}};

// Looks keys up by halving, which Json, in a header of a million, does not.
using Object = nlohmann::json;

std::string text_of(const Object& value) {
  return value.dump(-1, ' ', false, Object::error_handler_t::replace);
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file) : file_(file), bytes_(bytes) {}

  WeightFile read() {
    const Object header = read_header();
    WeightFile result;
    struct Range {
      std::uint64_t begin, end;
      std::string name;
      bool operator<(const Range& o) const {
        return std::tie(begin, end) < std::tie(o.begin, o.end);
      }
    };
    std::vector<Range> ranges;
    for (const auto& [name, value] : header.items()) {
      if (name == metadata_key) {
        read_metadata(value, result);
        continue;
      }
      const auto offsets = read_offsets(name, value);
      result.tensors[name] = read_tensor(name, value, offsets[0], offsets[1]);
      ranges.push_back({offsets[0], offsets[1], name});
    }
    // Gaps and overlaps are how one file says two things to two readers.
    std::sort(ranges.begin(), ranges.end());
    std::uint64_t end = 0;
    for (const auto& range : ranges) {
      if (range.begin != end) {
        fail(
            fmt::format("tensor '{}': data begins at byte {}, allowed is {}, where the one "
                        "before it ends",
                        range.name, range.begin, end));
      }
      end = range.end;
    }
    if (end != data_.size()) {
      fail(fmt::format("found {} bytes of data, the header names {}", data_.size(), end));
    }
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::model, file_ + ": safetensors: " + what);
  }

  Object read_header() {
    if (bytes_.size() < length_bytes) {
      fail(fmt::format("found {} bytes, at least {} are needed", bytes_.size(), length_bytes));
    }
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), length_bytes);
    const std::uint64_t most =
        std::min<std::uint64_t>(max_header_bytes, bytes_.size() - length_bytes);
    if (length > most) {
      fail(fmt::format("header length: found {}, allowed is at most {}", length, most));
    }
    const auto text = bytes_.substr(length_bytes, length);
    data_ = bytes_.substr(length_bytes + length);
    if (text.empty() || text.front() != '{') {
      fail("the header is not a JSON object");
    }
    // The parser keeps the last of two equal keys; the format forbids them.
    std::vector<std::set<std::string>> keys;
    const auto check = [&](int /*depth*/, Object::parse_event_t event, Object& parsed) {
      if (event == Object::parse_event_t::object_start) {
        keys.emplace_back();
      } else if (event == Object::parse_event_t::object_end) {
        keys.pop_back();
      } else if (event == Object::parse_event_t::key &&
                 !keys.back().insert(parsed.get<std::string>()).second) {
        fail("the header has '" + parsed.get<std::string>() + "' twice");
      }
      return true;
    };
    try {
      return Object::parse(text.begin(), text.end(), check);
    } catch (const Object::exception& error) {
      fail(std::string("the header is not JSON: ") + error.what());
    }
  }

  void read_metadata(const Object& value, WeightFile& result) const {
    if (!value.is_object()) {
      fail(std::string(metadata_key) + " is not an object");
    }
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) {
        fail(fmt::format("{}.{}: found {}, allowed is text", metadata_key, key, text.type_name()));
      }
      result.metadata[key] = text.get<std::string>();
    }
  }

  const Object& field(const std::string& name, const Object& value, const char* key) const {
    const auto found = value.is_object() ? value.find(key) : value.end();
    if (found == value.end()) {
      fail(fmt::format("tensor '{}' has no {}", name, key));
    }
    return *found;
  }

  std::array<std::uint64_t, 2> read_offsets(const std::string& name, const Object& value) const {
    const Object& offsets = field(name, value, "data_offsets");
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned()) {
      fail(fmt::format("tensor '{}': data_offsets: found {}, allowed is [begin, end]", name,
                       text_of(offsets)));
    }
    const auto begin = offsets[0].get<std::uint64_t>();
    const auto end = offsets[1].get<std::uint64_t>();
    if (begin > end || end > data_.size()) {
      fail(fmt::format("tensor '{}': data_offsets: found [{}, {}], allowed is 0..{} in order", name,
                       begin, end, data_.size()));
    }
    return {begin, end};
  }

  torch::Tensor read_tensor(const std::string& name, const Object& value, std::uint64_t begin,
                            std::uint64_t end) const {
    const Object& dtype = field(name, value, "dtype");
    const auto type = std::find_if(types.begin(), types.end(),
                                   [&](const Type& known) { return dtype == known.name; });
    if (type == types.end()) {
      std::string known;
      for (const auto& each : types) {
        known += std::string(known.empty() ? "" : ", ") + each.name;
      }
      fail(
          fmt::format("tensor '{}': dtype: found {}, allowed are {}", name, text_of(dtype), known));
    }
    const Object& shape = field(name, value, "shape");
    if (!shape.is_array() || shape.size() > max_dimensions) {
      fail(fmt::format("tensor '{}': shape is not an array of at most {} sizes", name,
                       max_dimensions));
    }
    std::vector<std::int64_t> sizes;
    for (const auto& size : shape) {
      if (!size.is_number_unsigned() || size.get<std::uint64_t>() > INT64_MAX) {
        fail(fmt::format("tensor '{}': shape: found {}, allowed are sizes from 0", name,
                         text_of(shape)));
      }
      sizes.push_back(size.get<std::int64_t>());
    }
    const auto needed = count_bytes(sizes, type->type);
    if (needed < 0) {
      fail(fmt::format("tensor '{}': shape {} is too large", name, text_of(shape)));
    }
    if (static_cast<std::uint64_t>(needed) != end - begin) {
      fail(fmt::format("tensor '{}': found {} bytes, {} of shape {} needs {}", name, end - begin,
                       type->name, text_of(shape), needed));
    }
    return tensor_from_bytes(data_.substr(begin, end - begin), sizes, type->type);
  }

  const std::string& file_;
  std::string_view bytes_;
  std::string_view data_;
};

}  // namespace

bool is_safetensors(std::string_view bytes) {
  return bytes.size() > length_bytes && bytes[length_bytes] == '{';
}

WeightFile parse_safetensors(std::string_view bytes, const std::string& file) {
  return Reader(bytes, file).read();
}

void save_safetensors(const std::filesystem::path& path, const WeightFile& weights) {
  struct Item {
    std::string name;
    torch::Tensor tensor;
    const char* type;
  };
  std::vector<Item> items;
  for (const auto& [name, tensor] : weights.tensors) {
    const auto type = std::find_if(types.begin(), types.end(), [&](const Type& known) {
      return tensor.scalar_type() == known.type;
    });
    if (type == types.end() || name == metadata_key) {
      throw Error(ErrorKind::usage,
                  fmt::format("{}: tensor '{}' of type {} cannot be written as safetensors",
                              path.string(), name, c10::toString(tensor.scalar_type())));
    }
    items.push_back({name, tensor.detach().cpu().contiguous(), type->name});
  }
  // The widest types first, as the reference implementation does: each value lies aligned.
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return a.tensor.element_size() > b.tensor.element_size();
  });

  Json header = Json::object();
  if (!weights.metadata.empty()) {
    header[metadata_key] = weights.metadata;
  }
  std::uint64_t offset = 0;
  for (const auto& item : items) {
    const std::uint64_t end = offset + item.tensor.nbytes();
    header[item.name] = {{"dtype", item.type},
                         {"shape", item.tensor.sizes().vec()},
                         {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = json_line(header);
  text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');
  const std::uint64_t length = text.size();

  AtomicFile file(path);
  file.write(&length, sizeof length);
  file.write(text);
  for (const auto& item : items) {
    file.write(item.tensor.data_ptr(), item.tensor.nbytes());
  }
  file.commit();
}

}  // namespace bcnet::nn
