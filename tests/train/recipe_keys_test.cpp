#include "train/recipe_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/toml_reader.h"
#include "train/recipe.h"

namespace bcnet::train {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Table and key, "stages[0].epochs", of every line of a resolved recipe.
std::set<std::string> keys_of(const std::string& resolved) {
  std::set<std::string> keys;
  std::string table;
  std::istringstream in(resolved);
  for (std::string line; std::getline(in, line);) {
    if (line == "[[stages]]") {
      table = "stages[0].";
    } else if (!line.empty() && line.front() == '[') {
      table = line.substr(1, line.find(']') - 1) + ".";
    } else if (line.find(" = ") != std::string::npos) {
      keys.insert(table + line.substr(0, line.find(" = ")));
    }
  }
  return keys;
}

// What a run writes down is all that can be read, and the other way round.
TEST(RecipeKeys, AreThoseOfAResolvedRecipe) {
  for (const char* architecture : {"bcnet", "pranet", "unet"}) {
    std::vector<KeyDescription> described;
    const Recipe recipe = parse_recipe(std::string("[model]\narchitecture = \"") + architecture +
                                           "\"\n[augmentation.NAME]\n[[stages]]\n",
                                       "r.toml", &described);
    std::set<std::string> names;
    for (const KeyDescription& key : described) {
      EXPECT_TRUE(names.insert(key.table + (key.table.empty() ? "" : ".") + key.name).second)
          << key.name << " is asked for twice";
      EXPECT_FALSE(key.meaning.empty()) << key.name << " has no meaning";
      EXPECT_THAT(key.meaning, Not(HasSubstr("|"))) << key.name;
    }
    EXPECT_EQ(names, keys_of(to_toml(recipe))) << architecture;
  }
}

TEST(RecipeKeys, SayWhereArchitecturesDiffer) {
  const std::string text = recipe_keys_markdown();
  EXPECT_THAT(text, HasSubstr("### Top level\n\n| key | type | default | allowed | meaning |\n"));
  EXPECT_THAT(text,
              HasSubstr("### `[model]`\n\n| key | type | default | allowed | meaning | of |"));
  EXPECT_THAT(text,
              HasSubstr("| `channels` | whole number | bcnet: `64`; pranet: `32` | 8..1024 |"));
  EXPECT_THAT(text, HasSubstr("34.5 M parameters | unet |\n"));
  EXPECT_THAT(text, HasSubstr("| `iou_term` | string | bcnet, unet: `\"log\"`; pranet: "
                              "`\"linear\"` | `\"log\"`, `\"linear\"` |"));
  EXPECT_THAT(text, HasSubstr("### `[augmentation.NAME]`\n"));
  EXPECT_THAT(text, HasSubstr("### `[[stages]]`\n"));
  EXPECT_THAT(text, HasSubstr("| `size` | whole number | `352` | a multiple of 32 in 32..4096 |"));
}

}  // namespace
}  // namespace bcnet::train
