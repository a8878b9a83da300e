#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/option_key.h"

namespace bcnet::nn {

/// Reads a network's options from a model file's description as TomlReader reads a recipe's: each
/// get returns the fallback where the key is absent and throws Error(model) where it is wrong;
/// finish() throws for a key that no get asked for.
class OptionReader {
 public:
  /// json must outlive the reader; file is for messages. Throws Error(model) for no object.
  OptionReader(const Json& json, std::string file);

  std::string get_string(const OptionKey& key, const std::string& fallback,
                         const std::vector<std::string>& allowed);
  std::int64_t get_integer(const OptionKey& key, std::int64_t fallback, std::int64_t low,
                           std::int64_t high);
  std::int64_t get_integer_of(const OptionKey& key, std::int64_t fallback,
                              const std::vector<std::int64_t>& allowed);
  bool get_bool(const OptionKey& key, bool fallback);

  void finish() const;

  /// Throws Error(model) about a key.
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;

 private:
  const Json* find(const std::string& key);

  const Json* json_;
  std::string file_;
  std::set<std::string> known_;
};

}  // namespace bcnet::nn
