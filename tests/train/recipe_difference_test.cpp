#include "train/recipe_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sha256.h"
#include "support/error_of.h"

namespace bcnet::train {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string stages = "[[stages]]\nepochs = 2\n[[stages]]\nepochs = 3\n";

Recipe recipe(const std::string& text) { return parse_recipe(text + stages, "r.toml"); }

/// The text without a line, as a version wrote it that did not know the key.
std::string without(std::string text, const std::string& line) {
  const auto at = text.find(line + "\n");
  EXPECT_NE(at, std::string::npos) << line;
  return text.erase(at, line.size() + 1);
}

TEST(RecipeDifferences, NameTheKeysAndBothValues) {
  EXPECT_THAT(recipe_differences(recipe(""), recipe("")), IsEmpty());
  EXPECT_THAT(recipe_differences(recipe(""), recipe("[loss]\nboundary = 2.5\n")),
              ElementsAre(AllOf(HasSubstr("loss.boundary was "), HasSubstr(" and is 2.5"))));
  const Recipe shorter = parse_recipe("[[stages]]\nepochs = 2\n", "r.toml");
  EXPECT_THAT(recipe_differences(recipe(""), shorter),
              testing::Contains("stages[1].epochs was 3 and is absent"));
}

TEST(RequireRecipeOfRun, TakesARunThatBeganBeforeAKeyWasKnown) {
  const Recipe now = recipe("seed = 4\n");
  const std::string text = without(to_toml(now), "auxiliary_stride = 1");
  EXPECT_NO_THROW(require_recipe_of_run(text, "run/recipe.toml", sha256(text), now));
  // What it advises goes through too.
  EXPECT_NO_THROW(require_recipe_of_run(text, "run/recipe.toml", sha256(text),
                                        parse_recipe(text, "run/recipe.toml")));
  EXPECT_THAT(keys_without_value(text, "run/recipe.toml", now),
              ElementsAre("loss.auxiliary_stride = 1"));
  EXPECT_THAT(keys_without_value(to_toml(now), "run/recipe.toml", now), IsEmpty());
}

TEST(RequireRecipeOfRun, RefusesOtherValuesByTheirKeys) {
  const auto error = [](const std::string& text, const std::string& hash, const Recipe& now) {
    return test::error_of(ErrorKind::usage,
                          [&] { require_recipe_of_run(text, "run/recipe.toml", hash, now); });
  };
  const std::string text = to_toml(recipe("seed = 4\n"));
  EXPECT_THAT(error(text, sha256(text), recipe("seed = 5\n")),
              AllOf(HasSubstr("another recipe: seed was 4 and is 5; resume with run/recipe.toml")));
  // A key that the run did not know must have its default.
  const std::string older = without(text, "auxiliary_stride = 1");
  EXPECT_THAT(error(older, sha256(older), recipe("seed = 4\n[loss]\nauxiliary_stride = 2\n")),
              HasSubstr("loss.auxiliary_stride was 1 and is 2"));
  // The file is as the run wrote it, or it says nothing of the run.
  EXPECT_THAT(error(text, sha256(older), recipe("seed = 4\n")),
              HasSubstr("run/recipe.toml: is not the recipe that the run was begun by"));
}

}  // namespace
}  // namespace bcnet::train
