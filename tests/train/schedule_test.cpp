#include "train/schedule.h"

#include <gtest/gtest.h>

namespace bcnet::train {

TEST(Schedule, CosineFallsFromPeakToItsEnd) {
  StageRecipe stage;
  stage.schedule = "cosine";
  stage.final_factor = 0.1;
  EXPECT_DOUBLE_EQ(schedule_factor(stage, 0, 100), 1.0);
  EXPECT_NEAR(schedule_factor(stage, 50, 100), 0.55, 1e-12);  // half way: (1 + 0.1) / 2
  EXPECT_NEAR(schedule_factor(stage, 25, 100), 0.1 + 0.9 * 0.8535533906, 1e-9);
  EXPECT_NEAR(schedule_factor(stage, 100, 100), 0.1, 1e-12);
}

TEST(Schedule, LinearAndConstant) {
  StageRecipe stage;
  stage.final_factor = 0.2;
  stage.schedule = "linear";
  EXPECT_NEAR(schedule_factor(stage, 50, 100), 0.6, 1e-12);
  stage.schedule = "constant";
  EXPECT_DOUBLE_EQ(schedule_factor(stage, 99, 100), 1.0);
}

TEST(Schedule, WarmsUpFirst) {
  StageRecipe stage;
  stage.schedule = "cosine";
  stage.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(schedule_factor(stage, 0, 10), 0.2);
  EXPECT_DOUBLE_EQ(schedule_factor(stage, 3, 10), 0.8);
  EXPECT_DOUBLE_EQ(schedule_factor(stage, 4, 10), 1.0);
}

TEST(Schedule, GroupsOutOfFocusLearnAtATenth) {
  StageRecipe stage;
  stage.learning_rate = 1e-3;
  stage.focus = "cfis";
  EXPECT_DOUBLE_EQ(group_rate(stage, "cfis"), 1e-3);
  EXPECT_DOUBLE_EQ(group_rate(stage, "bbem"), 1e-4);
  stage.focus = "all";
  stage.backbone_factor = 0.5;
  EXPECT_DOUBLE_EQ(group_rate(stage, "backbone"), 5e-4);
  EXPECT_DOUBLE_EQ(group_rate(stage, "bbem"), 1e-3);
}

TEST(Schedule, FreezesByWholeNames) {
  StageRecipe stage;
  stage.freeze = {"backbone._blocks.1"};
  EXPECT_TRUE(is_frozen(stage, "backbone._blocks.1"));
  EXPECT_TRUE(is_frozen(stage, "backbone._blocks.1._bn0.weight"));
  EXPECT_FALSE(is_frozen(stage, "backbone._blocks.10._bn0.weight"));
}

TEST(Schedule, FindsTheStageOfAnEpoch) {
  Recipe recipe;
  recipe.stages.resize(2);
  recipe.stages[0].epochs = 3;
  recipe.stages[1].epochs = 2;
  EXPECT_EQ(position_of(recipe, 2).stage, 0U);
  EXPECT_EQ(position_of(recipe, 3).stage, 1U);
  EXPECT_EQ(position_of(recipe, 4).stage_epoch, 1);
}

}  // namespace bcnet::train
