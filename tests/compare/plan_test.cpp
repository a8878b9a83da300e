#include "compare/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace bcnet::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string recipe =
    "seed = 7\n[model]\narchitecture = \"unet\"\n[data]\nbatch_size = 4\n"
    "[[stages]]\nepochs = 2\nsize = 64\nlearning_rate = 1e-3\n";

class ComparePlan : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    test::write_text(folder_ / name, text);
    return (folder_ / name).string();
  }
  test::TemporaryFolder folder_;
};

TEST_F(ComparePlan, SeedsFollowTheRecipesOwn) {
  const auto sides = plan_comparison({file("a.toml", recipe)}, 3, 0);
  ASSERT_EQ(sides.size(), 1U);
  ASSERT_EQ(sides[0].runs.size(), 3U);
  EXPECT_EQ(sides[0].runs[0].name, "a/seed-7");
  EXPECT_EQ(sides[0].runs[2].name, "a/seed-9");
  EXPECT_EQ(sides[0].runs[2].recipe.seed, 9);
  EXPECT_EQ(flat_name(sides[0].runs[2]), "a-seed-9");
}

TEST_F(ComparePlan, FoldsKeepTheSeed) {
  const auto sides = plan_comparison({file("a.toml", recipe)}, 1, 4);
  ASSERT_EQ(sides[0].runs.size(), 4U);
  EXPECT_EQ(sides[0].runs[3].name, "a/fold-4-of-4");
  EXPECT_EQ(sides[0].runs[3].fold, 4);
  EXPECT_EQ(sides[0].runs[3].recipe.seed, 7);
}

TEST_F(ComparePlan, RefusesOneNameTwice) {
  const std::string a = file("a.toml", recipe), other = file("other/a.toml", recipe);
  try {
    plan_comparison({a, other}, 1, 0);
    FAIL() << "was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("two recipes of the name 'a'"));
  }
}

TEST_F(ComparePlan, FindsWhatIsNotEqual) {
  std::string longer = recipe;
  longer.replace(longer.find("epochs = 2"), 10, "epochs = 5");
  const std::string a = file("a.toml", recipe);
  EXPECT_THAT(unequal_terms(plan_comparison({a, file("b.toml", recipe)}, 1, 0)), IsEmpty());
  EXPECT_THAT(unequal_terms(plan_comparison({a, file("c.toml", longer)}, 1, 0)),
              ElementsAre("epochs: a 2 of 64 pixels; c 5 of 64 pixels"));
}

}  // namespace
}  // namespace bcnet::compare
