#include "core/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>
#include <utility>

namespace bcnet {

namespace {

const toml::table empty_table;

std::string show(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return out.str();
}

std::string list_of(const std::vector<std::string>& allowed) {
  return fmt::format("{}", fmt::join(allowed, ", "));
}

/// Levenshtein distance, for "did you mean".
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t up = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = up;
    }
  }
  return row[b.size()];
}

}  // namespace

toml::table parse_toml(const std::string& text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::usage,
                fmt::format("{}:{}:{}: not TOML: {}", file, error.source().begin.line,
                            error.source().begin.column, error.description()));
  }
}

TomlReader::TomlReader(const toml::table& table, std::string file, std::string name)
    : table_(&table), file_(std::move(file)), name_(std::move(name)) {}

bool TomlReader::has(const std::string& key) const { return table_->contains(key); }

std::vector<std::string> TomlReader::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, node] : *table_) {
    names.emplace_back(key.str());
  }
  return names;
}

std::string TomlReader::full(const std::string& key) const {
  return name_.empty() ? key : name_ + "." + key;
}

const toml::node* TomlReader::find(const std::string& key) {
  known_.insert(key);
  return table_->get(key);
}

void TomlReader::fail(const std::string& key, const std::string& message) const {
  const toml::node* node = table_->get(key);
  const auto line = node != nullptr ? node->source().begin.line : table_->source().begin.line;
  const std::string where = line > 0 ? fmt::format("{}:{}", file_, line) : file_;
  throw Error(ErrorKind::usage, fmt::format("{}: {}: {}", where, full(key), message));
}

std::string TomlReader::get_string(const std::string& key, const std::string& fallback,
                                   const std::vector<std::string>& allowed) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return fallback;
  }
  const auto value = node->value_exact<std::string>();
  if (!value) {
    fail(key, fmt::format("found {}, a string is expected", show(*node)));
  }
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
    fail(key, fmt::format("found '{}', allowed are {}", *value, list_of(allowed)));
  }
  return *value;
}

double TomlReader::get_number(const std::string& key, double fallback, double low, double high) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return fallback;
  }
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value) {
    fail(key, fmt::format("found {}, a number is expected", show(*node)));
  }
  if (!(*value >= low && *value <= high)) {
    fail(key, fmt::format("found {}, allowed is {}..{}", show(*node), low, high));
  }
  return *value;
}

std::int64_t TomlReader::get_integer(const std::string& key, std::int64_t fallback,
                                     std::int64_t low, std::int64_t high) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return fallback;
  }
  const auto value = node->value_exact<std::int64_t>();
  if (!value) {
    fail(key, fmt::format("found {}, a whole number is expected", show(*node)));
  }
  if (*value < low || *value > high) {
    fail(key, fmt::format("found {}, allowed is {}..{}", *value, low, high));
  }
  return *value;
}

bool TomlReader::get_bool(const std::string& key, bool fallback) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return fallback;
  }
  const auto value = node->value_exact<bool>();
  if (!value) {
    fail(key, fmt::format("found {}, true or false is expected", show(*node)));
  }
  return *value;
}

std::vector<std::int64_t> TomlReader::get_integers(const std::string& key,
                                                   std::vector<std::int64_t> fallback,
                                                   std::int64_t low, std::int64_t high) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return fallback;
  }
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    fail(key, fmt::format("found {}, a list of whole numbers is expected", show(*node)));
  }
  std::vector<std::int64_t> values;
  for (const toml::node& item : *array) {
    const auto value = item.value_exact<std::int64_t>();
    if (!value || *value < low || *value > high) {
      fail(key,
           fmt::format("found {}, whole numbers in {}..{} are allowed", show(item), low, high));
    }
    values.push_back(*value);
  }
  return values;
}

std::vector<std::string> TomlReader::get_strings(const std::string& key,
                                                 std::vector<std::string> fallback,
                                                 const std::vector<std::string>& allowed) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return fallback;
  }
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    fail(key, fmt::format("found {}, a list of strings is expected", show(*node)));
  }
  std::vector<std::string> values;
  for (const toml::node& item : *array) {
    const auto value = item.value_exact<std::string>();
    if (!value ||
        (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *value) == allowed.end())) {
      fail(key, fmt::format("found {}, allowed are {}", show(item),
                            allowed.empty() ? "strings" : list_of(allowed)));
    }
    values.push_back(*value);
  }
  return values;
}

TomlReader TomlReader::get_table(const std::string& key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return {empty_table, file_, full(key)};
  }
  if (node->as_table() == nullptr) {
    fail(key, fmt::format("found {}, a table is expected", show(*node)));
  }
  return {*node->as_table(), file_, full(key)};
}

std::vector<TomlReader> TomlReader::get_tables(const std::string& key) {
  std::vector<TomlReader> tables;
  const toml::node* node = find(key);
  if (node == nullptr) {
    return tables;
  }
  const toml::array* array = node->as_array();
  if (array == nullptr || !array->is_homogeneous<toml::table>()) {
    fail(key, fmt::format("an array of tables ([[{}]]) is expected", full(key)));
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    tables.emplace_back(*array->get(i)->as_table(), file_, fmt::format("{}[{}]", full(key), i));
  }
  return tables;
}

void TomlReader::finish() const {
  for (const auto& [key, node] : *table_) {
    const std::string name(key.str());
    if (known_.count(name) > 0) {
      continue;
    }
    std::string hint;
    std::size_t best = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string& candidate : known_) {
      const std::size_t d = distance(name, candidate);
      if (d < best) {
        best = d;
        hint = fmt::format(", did you mean '{}'?", candidate);
      }
    }
    fail(name, hint.empty() ? "unknown key, known are " + list_of({known_.begin(), known_.end()})
                            : "unknown key" + hint);
  }
}

}  // namespace bcnet
