#include "nn/option_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"

namespace bcnet::nn {

OptionReader::OptionReader(const Json& json, std::string file)
    : json_(&json), file_(std::move(file)) {
  if (!json.is_object()) {
    throw Error(ErrorKind::model, fmt::format("{}: architecture: found '{}', an object is expected",
                                              file_, json_line(json)));
  }
}

void OptionReader::fail(const std::string& key, const std::string& message) const {
  throw Error(ErrorKind::model, fmt::format("{}: architecture: {}: {}", file_, key, message));
}

const Json* OptionReader::find(const std::string& key) {
  known_.insert(key);
  const auto found = json_->find(key);
  return found == json_->end() ? nullptr : &*found;
}

std::string OptionReader::get_string(const OptionKey& key, const std::string& fallback,
                                     const std::vector<std::string>& allowed) {
  const Json* value = find(key.name);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->is_string() ||
      std::find(allowed.begin(), allowed.end(), value->get<std::string>()) == allowed.end()) {
    fail(key.name,
         fmt::format("found {}, allowed are {}", json_line(*value), fmt::join(allowed, ", ")));
  }
  return value->get<std::string>();
}

std::int64_t OptionReader::get_integer(const OptionKey& key, std::int64_t fallback,
                                       std::int64_t low, std::int64_t high) {
  const Json* value = find(key.name);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->is_number_integer() || value->get<std::int64_t>() < low ||
      value->get<std::int64_t>() > high) {
    fail(key.name, fmt::format("found {}, allowed is {}..{}", json_line(*value), low, high));
  }
  return value->get<std::int64_t>();
}

std::int64_t OptionReader::get_integer_of(const OptionKey& key, std::int64_t fallback,
                                          const std::vector<std::int64_t>& allowed) {
  const Json* value = find(key.name);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->is_number_integer() ||
      std::find(allowed.begin(), allowed.end(), value->get<std::int64_t>()) == allowed.end()) {
    fail(key.name,
         fmt::format("found {}, allowed are {}", json_line(*value), fmt::join(allowed, ", ")));
  }
  return value->get<std::int64_t>();
}

bool OptionReader::get_bool(const OptionKey& key, bool fallback) {
  const Json* value = find(key.name);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->is_boolean()) {
    fail(key.name, fmt::format("found {}, true or false is expected", json_line(*value)));
  }
  return value->get<bool>();
}

void OptionReader::finish() const {
  for (const auto& item : json_->items()) {
    if (known_.count(item.key()) == 0) {
      fail(item.key(), "unknown key");
    }
  }
}

}  // namespace bcnet::nn
