#include "train/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "nn/weights.h"
#include "support/temporary_folder.h"

namespace bcnet::train {

TEST(Checkpoint, GivesBackWhatWasSaved) {
  const test::TemporaryFolder folder;
  Checkpoint saved;
  saved.epoch = 3;
  saved.batch = 7;
  saved.optimizer_steps = 307;
  saved.ema_updates = 306;
  saved.metrics_bytes = 1234;
  saved.validation_bytes = 567;
  saved.events_bytes = 89;
  saved.best_dice = 0.1 + 0.2;  // no short decimal
  saved.best_epoch = 2;
  saved.epoch_sums = {{"loss", 1.0 / 3.0}};
  saved.conditions = {{"threads", 2}};
  saved.recipe_sha256 = "abc";
  saved.network["a.weight"] = torch::rand({2, 3});
  saved.average["a.weight"] = torch::rand({2, 3});
  saved.optimizer["mean.a.weight"] = torch::rand({2, 3});
  saved.rounding_ranges["backbone._conv_stem"] = {-1.0 / 3.0, 6.0};
  saved.random_state = torch::arange(16, torch::kUInt8);
  save_checkpoint(folder / "state.safetensors", saved);

  const Checkpoint loaded = load_checkpoint(folder / "state.safetensors");
  EXPECT_EQ(loaded.epoch, 3);
  EXPECT_EQ(loaded.batch, 7);
  EXPECT_EQ(loaded.optimizer_steps, 307);
  EXPECT_EQ(loaded.ema_updates, 306);
  EXPECT_EQ(loaded.metrics_bytes, 1234U);
  EXPECT_EQ(loaded.validation_bytes, 567U);
  EXPECT_EQ(loaded.events_bytes, 89U);
  EXPECT_EQ(loaded.best_dice, saved.best_dice);
  EXPECT_EQ(loaded.best_epoch, 2);
  EXPECT_FALSE(loaded.finished);
  EXPECT_EQ(loaded.epoch_sums, saved.epoch_sums);
  EXPECT_EQ(loaded.conditions, saved.conditions);
  EXPECT_EQ(loaded.recipe_sha256, "abc");
  EXPECT_TRUE(torch::equal(loaded.network.at("a.weight"), saved.network.at("a.weight")));
  EXPECT_TRUE(torch::equal(loaded.average.at("a.weight"), saved.average.at("a.weight")));
  EXPECT_TRUE(
      torch::equal(loaded.optimizer.at("mean.a.weight"), saved.optimizer.at("mean.a.weight")));
  ASSERT_EQ(loaded.rounding_ranges.size(), 1U);
  EXPECT_EQ(loaded.rounding_ranges.at("backbone._conv_stem").low, -1.0 / 3.0);
  EXPECT_EQ(loaded.rounding_ranges.at("backbone._conv_stem").high, 6.0);
  EXPECT_TRUE(torch::equal(loaded.random_state, saved.random_state));
  EXPECT_FALSE(loaded.device_random_state.defined());  // of a run on a CPU

  saved.device_random_state = torch::arange(8, torch::kUInt8);
  save_checkpoint(folder / "state.safetensors", saved);
  EXPECT_TRUE(torch::equal(load_checkpoint(folder / "state.safetensors").device_random_state,
                           saved.device_random_state));
}

TEST(Checkpoint, RefusesOtherWeightFiles) {
  const test::TemporaryFolder folder;
  nn::WeightFile file;
  file.tensors["x"] = torch::zeros({1});
  nn::save_safetensors(folder / "x.safetensors", file);
  try {
    load_checkpoint(folder / "x.safetensors");
    FAIL() << "loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("is no checkpoint"));
  }
}

}  // namespace bcnet::train
