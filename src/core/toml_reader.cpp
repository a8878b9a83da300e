#include "core/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
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

std::vector<std::string> quoted(const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  for (const std::string& text : texts) {
    all.push_back(quote_toml(text));
  }
  return all;
}

std::string whole_range(std::int64_t low, std::int64_t high, std::int64_t step) {
  const std::string range = high == std::numeric_limits<std::int64_t>::max()
                                ? fmt::format("{} or more", low)
                                : fmt::format("{}..{}", low, high);
  return step == 1 ? range : fmt::format("a multiple of {} in {}", step, range);
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

std::string quote_toml(const std::string& text) {
  const toml::value<std::string> value(text);
  std::ostringstream out;
  // One line in double quotes, whatever the text holds.
  out << toml::toml_formatter{value, toml::format_flags::allow_unicode_strings};
  return out.str();
}

TomlReader::TomlReader(const toml::table& table, std::string file, std::string name,
                       std::vector<KeyDescription>* described)
    : table_(&table), file_(std::move(file)), name_(std::move(name)), described_(described) {}

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

std::optional<std::int64_t> TomlReader::find_integer(const std::string& key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto value = node->value_exact<std::int64_t>();
  if (!value) {
    fail(key, fmt::format("found {}, a whole number is expected", show(*node)));
  }
  return value;
}

void TomlReader::describe(const OptionKey& key, const char* type, std::string default_value,
                          std::string range, std::vector<std::string> choices) {
  if (described_ != nullptr) {
    described_->push_back({name_, key.name, type, std::move(default_value), std::move(range),
                           std::move(choices), key.meaning});
  }
}

void TomlReader::fail(const std::string& key, const std::string& message) const {
  const toml::node* node = table_->get(key);
  const auto line = node != nullptr ? node->source().begin.line : table_->source().begin.line;
  const std::string where = line > 0 ? fmt::format("{}:{}", file_, line) : file_;
  throw Error(ErrorKind::usage, fmt::format("{}: {}: {}", where, full(key), message));
}

std::string TomlReader::get_string(const OptionKey& key, const std::string& fallback,
                                   const std::vector<std::string>& allowed) {
  describe(key, "string", quote_toml(fallback), {}, quoted(allowed));
  const toml::node* node = find(key.name);
  if (node == nullptr) {
    return fallback;
  }
  const auto value = node->value_exact<std::string>();
  if (!value) {
    fail(key.name, fmt::format("found {}, a string is expected", show(*node)));
  }
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
    fail(key.name, fmt::format("found '{}', allowed are {}", *value, list_of(allowed)));
  }
  return *value;
}

double TomlReader::get_number(const OptionKey& key, double fallback, double low, double high) {
  const std::string range = fmt::format("{}..{}", low, high);
  describe(key, "number", fmt::format("{}", fallback), range);
  const toml::node* node = find(key.name);
  if (node == nullptr) {
    return fallback;
  }
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value) {
    fail(key.name, fmt::format("found {}, a number is expected", show(*node)));
  }
  if (!(*value >= low && *value <= high)) {
    fail(key.name, fmt::format("found {}, allowed is {}", show(*node), range));
  }
  return *value;
}

std::int64_t TomlReader::get_integer(const OptionKey& key, std::int64_t fallback, std::int64_t low,
                                     std::int64_t high, std::int64_t step) {
  const std::string range = whole_range(low, high, step);
  describe(key, "whole number", fmt::format("{}", fallback), range);
  const std::optional<std::int64_t> value = find_integer(key.name);
  if (value && (*value < low || *value > high || *value % step != 0)) {
    fail(key.name, fmt::format("found {}, allowed is {}", *value, range));
  }
  return value.value_or(fallback);
}

std::int64_t TomlReader::get_integer_of(const OptionKey& key, std::int64_t fallback,
                                        const std::vector<std::int64_t>& allowed) {
  std::vector<std::string> choices;
  for (const std::int64_t choice : allowed) {
    choices.push_back(fmt::format("{}", choice));
  }
  describe(key, "whole number", fmt::format("{}", fallback), {}, choices);
  const std::optional<std::int64_t> value = find_integer(key.name);
  if (value && std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
    fail(key.name, fmt::format("found {}, allowed are {}", *value, list_of(choices)));
  }
  return value.value_or(fallback);
}

bool TomlReader::get_bool(const OptionKey& key, bool fallback) {
  describe(key, "true or false", fmt::format("{}", fallback));
  const toml::node* node = find(key.name);
  if (node == nullptr) {
    return fallback;
  }
  const auto value = node->value_exact<bool>();
  if (!value) {
    fail(key.name, fmt::format("found {}, true or false is expected", show(*node)));
  }
  return *value;
}

std::vector<std::string> TomlReader::get_strings(const OptionKey& key,
                                                 const std::vector<std::string>& fallback) {
  describe(key, "list of strings", "[" + list_of(quoted(fallback)) + "]");
  const toml::node* node = find(key.name);
  if (node == nullptr) {
    return fallback;
  }
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    fail(key.name, fmt::format("found {}, a list of strings is expected", show(*node)));
  }
  std::vector<std::string> values;
  for (const toml::node& item : *array) {
    const auto value = item.value_exact<std::string>();
    if (!value) {
      fail(key.name, fmt::format("found {}, strings are allowed", show(item)));
    }
    values.push_back(*value);
  }
  return values;
}

TomlReader TomlReader::get_table(const std::string& key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return {empty_table, file_, full(key), described_};
  }
  if (node->as_table() == nullptr) {
    fail(key, fmt::format("found {}, a table is expected", show(*node)));
  }
  return {*node->as_table(), file_, full(key), described_};
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
    tables.emplace_back(*array->get(i)->as_table(), file_, fmt::format("{}[{}]", full(key), i),
                        described_);
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
