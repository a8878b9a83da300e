#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "core/error.h"
#include "core/option_key.h"

namespace bcnet {

/// A key that a TomlReader was asked for: what a reference says of it.
struct KeyDescription {
  std::string table;  ///< dotted path: "", "model", "stages[0]"
  std::string name;
  std::string type;  ///< "string", "number", "whole number", "true or false", "list of strings"
  std::string default_value;         ///< as TOML
  std::string range;                 ///< "0..1"; empty where the type has none
  std::vector<std::string> choices;  ///< values as TOML; empty: any
  std::string meaning;
};

/// Reads one TOML table with range checks, and knows which keys nobody asked for.
///
/// Each get returns the default where the key is absent and throws Error(usage) with file,
/// line, full key, what was found and what is allowed where it is wrong. finish() throws
/// for the first key that no get asked for, with the nearest known one as a hint.
class TomlReader {
 public:
  /// table must outlive the reader; name is its dotted path ("stages[1]"), empty at the top.
  /// described, where given, receives every key that this reader and those of its sub-tables are
  /// asked for, in that order.
  TomlReader(const toml::table& table, std::string file, std::string name = {},
             std::vector<KeyDescription>* described = nullptr);

  /// Every key of the table, sorted; for tables whose keys are names that a file gives.
  std::vector<std::string> keys() const;
  std::string get_string(const OptionKey& key, const std::string& fallback,
                         const std::vector<std::string>& allowed = {});
  double get_number(const OptionKey& key, double fallback, double low, double high);
  /// Multiples of step alone.
  std::int64_t get_integer(const OptionKey& key, std::int64_t fallback, std::int64_t low,
                           std::int64_t high, std::int64_t step = 1);
  std::int64_t get_integer_of(const OptionKey& key, std::int64_t fallback,
                              const std::vector<std::int64_t>& allowed);
  bool get_bool(const OptionKey& key, bool fallback);
  std::vector<std::string> get_strings(const OptionKey& key,
                                       const std::vector<std::string>& fallback);

  /// A sub-table; an empty one where it is absent.
  TomlReader get_table(const std::string& key);
  /// An array of tables ([[stages]]); empty where it is absent.
  std::vector<TomlReader> get_tables(const std::string& key);

  void finish() const;

  /// Throws Error(usage) about a key of this table.
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;

 private:
  const toml::node* find(const std::string& key);
  std::optional<std::int64_t> find_integer(const std::string& key);
  void describe(const OptionKey& key, const char* type, std::string default_value,
                std::string range = {}, std::vector<std::string> choices = {});
  std::string full(const std::string& key) const;

  const toml::table* table_;
  std::string file_;
  std::string name_;
  std::vector<KeyDescription>* described_;
  std::set<std::string> known_;
};

/// Parses a TOML file; Error(usage) with line and column where it is none.
toml::table parse_toml(const std::string& text, const std::string& file);

/// A string as TOML writes it.
std::string quote_toml(const std::string& text);

}  // namespace bcnet
