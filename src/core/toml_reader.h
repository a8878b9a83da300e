#pragma once

#include <filesystem>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "core/error.h"

namespace bcnet {

/// Reads one TOML table with range checks, and knows which keys nobody asked for.
///
/// Each get returns the default where the key is absent and throws Error(usage) with file,
/// line, full key, what was found and what is allowed where it is wrong. finish() throws
/// for the first key that no get asked for, with the nearest known one as a hint.
class TomlReader {
 public:
  /// table must outlive the reader; name is its dotted path ("stages[1]"), empty at the top.
  TomlReader(const toml::table& table, std::string file, std::string name = {});

  bool has(const std::string& key) const;
  /// Every key of the table, sorted; for tables whose keys are names that a file gives.
  std::vector<std::string> keys() const;
  std::string get_string(const std::string& key, const std::string& fallback,
                         const std::vector<std::string>& allowed = {});
  double get_number(const std::string& key, double fallback, double low, double high);
  std::int64_t get_integer(const std::string& key, std::int64_t fallback, std::int64_t low,
                           std::int64_t high);
  bool get_bool(const std::string& key, bool fallback);
  std::vector<std::int64_t> get_integers(const std::string& key, std::vector<std::int64_t> fallback,
                                         std::int64_t low, std::int64_t high);
  std::vector<std::string> get_strings(const std::string& key, std::vector<std::string> fallback,
                                       const std::vector<std::string>& allowed = {});

  /// A sub-table; an empty one where it is absent.
  TomlReader get_table(const std::string& key);
  /// An array of tables ([[stages]]); empty where it is absent.
  std::vector<TomlReader> get_tables(const std::string& key);

  void finish() const;

  /// Throws Error(usage) about a key of this table.
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;

 private:
  const toml::node* find(const std::string& key);
  std::string full(const std::string& key) const;

  const toml::table* table_;
  std::string file_;
  std::string name_;
  std::set<std::string> known_;
};

/// Parses a TOML file; Error(usage) with line and column where it is none.
toml::table parse_toml(const std::string& text, const std::string& file);

}  // namespace bcnet
