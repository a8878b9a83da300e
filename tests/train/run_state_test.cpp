#include "train/run_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace bcnet::train {
namespace {

Recipe recipe_of(int epochs) {
  Recipe recipe;
  recipe.stages.resize(1);
  recipe.stages[0].name = "all";
  recipe.stages[0].epochs = epochs;
  return recipe;
}

class RunStateTest : public testing::Test {
 protected:
  RunStateTest() : run_(folder_.path() / "run") {}
  void write(const Recipe& recipe, const std::string& metrics, bool best) {
    test::write_text(run_.recipe(), to_toml(recipe));
    test::write_text(run_.metrics(), metrics);
    if (best) {
      test::write_text(run_.best(), "weights");
    }
  }
  test::TemporaryFolder folder_;
  runs::RunFolder run_;
};

TEST_F(RunStateTest, NoneWithoutARun) { EXPECT_FALSE(run_state(run_, recipe_of(2))); }

TEST_F(RunStateTest, CountsEpochsAndSeconds) {
  write(recipe_of(3),
        "{\"epoch\":1,\"seconds\":10.5,\"val_dice\":0.8}\n"
        "{\"epoch\":2,\"seconds\":9.5,\"val_dice\":0.7}\n{\"epo",
        true);
  const auto state = run_state(run_, recipe_of(3));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->epochs, 2);
  EXPECT_EQ(state->best_epoch, 1);
  EXPECT_EQ(state->seconds, 20.0);
  EXPECT_FALSE(state->finished);
}

TEST_F(RunStateTest, FinishedWithAllEpochsAndWeights) {
  const std::string line = "{\"epoch\":1,\"seconds\":1,\"val_dice\":0.8}\n";
  write(recipe_of(1), line, false);
  EXPECT_FALSE(run_state(run_, recipe_of(1))->finished);
  write(recipe_of(1), line, true);
  EXPECT_TRUE(run_state(run_, recipe_of(1))->finished);
}

TEST_F(RunStateTest, RefusesAnotherRecipe) {
  write(recipe_of(1), "", false);
  try {
    run_state(run_, recipe_of(2));
    FAIL() << "was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), testing::HasSubstr("a run of another recipe"));
  }
}

}  // namespace
}  // namespace bcnet::train
