#include "train/recipe_difference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/error.h"
#include "core/sha256.h"
#include "core/toml_reader.h"

namespace bcnet::train {

namespace {

using Values = std::map<std::string, std::string>;

/// Every value of a table by its path, "stages[0].epochs".
void flatten(const toml::node& node, const std::string& path, Values& values) {
  if (const auto* table = node.as_table()) {
    for (const auto& [key, value] : *table) {
      flatten(value, path.empty() ? std::string(key.str()) : path + "." + std::string(key.str()),
              values);
    }
    return;
  }
  const auto* array = node.as_array();
  if (array != nullptr && array->is_homogeneous<toml::table>() && !array->empty()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      flatten(*array->get(i), fmt::format("{}[{}]", path, i), values);
    }
    return;
  }
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  values[path] = text.str();
}

Values values_of(const std::string& text, const std::string& file) {
  Values values;
  flatten(parse_toml(text, file), {}, values);
  return values;
}

Values values_of(const Recipe& recipe) { return values_of(to_toml(recipe), "recipe"); }

}  // namespace

std::vector<std::string> recipe_differences(const Recipe& run, const Recipe& now) {
  const Values before = values_of(run);
  const Values after = values_of(now);
  const auto value = [](const Values& values, const std::string& key) {
    const auto found = values.find(key);
    return found == values.end() ? std::string("absent") : found->second;
  };
  std::vector<std::string> differences;
  Values keys = before;
  keys.insert(after.begin(), after.end());
  for (const auto& item : keys) {
    const std::string was = value(before, item.first), is = value(after, item.first);
    if (was != is) {
      differences.push_back(fmt::format("{} was {} and is {}", item.first, was, is));
    }
  }
  return differences;
}

std::string differences_text(const std::vector<std::string>& differences) {
  constexpr std::size_t shown = 4;
  const auto end =
      differences.begin() + static_cast<std::ptrdiff_t>(std::min(shown, differences.size()));
  return fmt::format(
      "{}{}", fmt::join(differences.begin(), end, "; "),
      differences.size() > shown ? fmt::format("; and {} more", differences.size() - shown) : "");
}

std::vector<std::string> keys_without_value(const std::string& text, const std::string& file,
                                            const Recipe& recipe) {
  const Values named = values_of(text, file);
  std::vector<std::string> missing;
  for (const auto& [key, value] : values_of(recipe)) {
    if (named.count(key) == 0) {
      missing.push_back(fmt::format("{} = {}", key, value));
    }
  }
  return missing;
}

void require_recipe_of_run(const std::string& run_text, const std::string& file,
                           const std::string& sha256, const Recipe& now) {
  if (bcnet::sha256(run_text) != sha256) {
    throw Error(ErrorKind::usage,
                fmt::format("{}: is not the recipe that the run was begun by, its checkpoint "
                            "says ({}...)",
                            file, sha256.substr(0, 12)));
  }
  const auto differences = recipe_differences(parse_recipe(run_text, file), now);
  if (!differences.empty()) {
    throw Error(ErrorKind::usage, fmt::format("the run was begun by another recipe: {}; resume "
                                              "with {}",
                                              differences_text(differences), file));
  }
}

}  // namespace bcnet::train
