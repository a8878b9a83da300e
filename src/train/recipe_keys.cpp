#include "train/recipe_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "core/toml_reader.h"
#include "nn/architectures.h"
#include "train/recipe.h"

namespace bcnet::train {

namespace {

/// A key as each architecture that knows it describes it.
struct Key {
  std::vector<std::pair<std::string, KeyDescription>> by_architecture;

  const KeyDescription& any() const { return by_architecture.front().second; }
};

/// Keys of all architectures in the order in which the first that knows them asks for them.
std::vector<Key> all_keys() {
  std::vector<Key> keys;
  for (const std::string& architecture : nn::architecture_names()) {
    std::vector<KeyDescription> described;
    parse_recipe("[model]\narchitecture = " + quote_toml(architecture) +
                     "\n[augmentation.NAME]\n[[stages]]\n",
                 "recipe keys", &described);
    for (KeyDescription& key : described) {
      const auto same = std::find_if(keys.begin(), keys.end(), [&](const Key& known) {
        return known.any().table == key.table && known.any().name == key.name;
      });
      Key& known = same == keys.end() ? keys.emplace_back() : *same;
      known.by_architecture.emplace_back(architecture, std::move(key));
    }
  }
  return keys;
}

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string allowed(const KeyDescription& key) {
  if (key.choices.empty()) {
    return key.range;
  }
  std::vector<std::string> choices;
  std::transform(key.choices.begin(), key.choices.end(), std::back_inserter(choices), code);
  return fmt::format("{}", fmt::join(choices, ", "));
}

/// What text says of a key, once where all architectures agree, else with their names.
std::string cell(const Key& key, const std::function<std::string(const KeyDescription&)>& text) {
  std::vector<std::pair<std::string, std::string>> said;  // text, architectures
  for (const auto& [architecture, description] : key.by_architecture) {
    const std::string words = text(description);
    const auto same = std::find_if(said.begin(), said.end(),
                                   [&](const auto& other) { return other.first == words; });
    if (same == said.end()) {
      said.emplace_back(words, architecture);
    } else {
      same->second += ", " + architecture;
    }
  }
  if (said.size() == 1) {
    return said.front().first;
  }
  std::string all;
  for (const auto& [words, architectures] : said) {
    all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", architectures, words);
  }
  return all;
}

std::string architectures_of(const Key& key) {
  std::vector<std::string> names;
  for (const auto& entry : key.by_architecture) {
    names.push_back(entry.first);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// "[model]", "[[stages]]" as a recipe writes it.
std::string heading(const std::string& table) {
  if (table.empty()) {
    return "Top level";
  }
  const auto index = table.find("[0]");
  return index == std::string::npos ? code("[" + table + "]")
                                    : code("[[" + table.substr(0, index) + "]]");
}

std::string table_markdown(const std::string& table, const std::vector<Key>& keys) {
  const std::string everyone = fmt::format("{}", fmt::join(nn::architecture_names(), ", "));
  const bool differ = std::any_of(
      keys.begin(), keys.end(), [&](const Key& key) { return architectures_of(key) != everyone; });
  std::string out = fmt::format(
      "### {}\n\n| key | type | default | allowed | meaning |{}\n"
      "| --- | --- | --- | --- | --- |{}\n",
      heading(table), differ ? " of |" : "", differ ? " --- |" : "");
  for (const Key& key : keys) {
    out += fmt::format("| {} | {} | {} | {} | {} |", code(key.any().name),
                       cell(key, [](const KeyDescription& d) { return d.type; }),
                       cell(key, [](const KeyDescription& d) { return code(d.default_value); }),
                       cell(key, allowed),
                       cell(key, [](const KeyDescription& d) { return d.meaning; }));
    out += differ ? " " + architectures_of(key) + " |\n" : "\n";
  }
  return out;
}

}  // namespace

std::string recipe_keys_markdown() {
  std::vector<std::pair<std::string, std::vector<Key>>> tables;
  for (Key& key : all_keys()) {
    const std::string table = key.any().table;
    auto place = std::find_if(tables.begin(), tables.end(),
                              [&](const auto& other) { return other.first == table; });
    if (place == tables.end()) {
      place = tables.insert(tables.end(), {table, {}});
    }
    place->second.push_back(std::move(key));
  }
  std::string out;
  for (const auto& [table, keys] : tables) {
    out += (out.empty() ? "" : "\n") + table_markdown(table, keys);
  }
  return out;
}

}  // namespace bcnet::train
