#include "train/training_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/synth.h"
#include "image/codec.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::train {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Two data sets of 20 and 10 drawn pairs, a tenth of each held out.
class SeveralSets : public ::testing::Test {
 protected:
  void SetUp() override {
    data::write_synthetic(folder_ / "north", 20, 1);
    data::write_synthetic(folder_ / "south", 10, 2);
    data::write_synthetic(folder_ / "other" / "south", 10, 3);
  }

  TrainingData load(const std::vector<std::string>& names, const SetWeights& weights = {}) const {
    std::vector<data::DataSet> sets;
    for (const std::string& name : names) {
      sets.emplace_back(folder_ / name);
    }
    return load_training_data(sets, 1, {}, weights);
  }

  std::string refused(const std::vector<std::string>& names, const SetWeights& weights = {}) const {
    return test::error_of(ErrorKind::usage, [&] { load(names, weights); });
  }

  test::TemporaryFolder folder_;
};

TEST_F(SeveralSets, ArePutOneBehindTheOther) {
  const TrainingData data = load({"north", "south"}, {{"south", 0.5}});
  EXPECT_EQ(data.name, "north, south");
  ASSERT_EQ(data.sets.size(), 2U);
  EXPECT_EQ(data.sets[0].name, "north");
  EXPECT_EQ(data.sets[0].images, 18);
  EXPECT_EQ(data.sets[0].draws, 18);
  EXPECT_EQ(data.sets[1].images, 9);
  EXPECT_EQ(data.sets[1].weight, 0.5);
  EXPECT_EQ(data.sets[1].draws, 5);
  ASSERT_EQ(data.training.size(), 27U);
  EXPECT_THAT(data.training.front().name, StartsWith("north/images/"));
  EXPECT_THAT(data.training.back().name, StartsWith("south/images/"));
  EXPECT_EQ(data.validation.size(), 3U);
  EXPECT_THAT(data.manifest, HasSubstr("\nsouth/images/"));
  EXPECT_THAT(data.manifest, HasSubstr(",south/masks/"));

  Recipe recipe;
  recipe.stages.emplace_back();
  const auto loader = training_loader_options(recipe, recipe.stages[0], data, {});
  ASSERT_EQ(loader.sets.size(), 2U);
  EXPECT_EQ(loader.sets[1].samples, 9);
  EXPECT_EQ(loader.sets[1].draws, 5);
}

TEST_F(SeveralSets, OneKeepsItsNames) {
  const TrainingData data = load({"north"});
  EXPECT_EQ(data.name, "north");
  EXPECT_THAT(data.training.front().name, StartsWith("images/"));
}

TEST_F(SeveralSets, MustHaveNamesOfTheirOwn) {
  EXPECT_THAT(refused({"south", "other/south"}), HasSubstr("two data sets called 'south'"));
}

TEST_F(SeveralSets, WeightsAreOfSetsThatAreThere) {
  EXPECT_THAT(refused({"north", "south"}, {{"west", 2}}),
              HasSubstr("data.weights: found 'west', the data sets are north, south"));
}

TEST_F(SeveralSets, OneMayShowNoPolypAtAll) {
  const auto masks = folder_ / "south" / "masks";
  for (const auto& mask : std::filesystem::directory_iterator(masks)) {
    write_png(mask.path(), cv::Mat::zeros(decode_mask(mask.path()).size(), CV_8UC1));
  }
  EXPECT_EQ(load({"north", "south"}).training.size(), 27U);
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { load({"south"}); }),
              HasSubstr("none of 9 masks has foreground, there is nothing to learn from"));
}

TEST(RecipeWeights, ComeBackAsTheyWereWritten) {
  Recipe recipe = parse_recipe(
      "[data.weights]\n\"kvasir-seg\" = 2\nC1 = 0.25\n[[stages]]\nepochs = 1\n", "r.toml");
  EXPECT_EQ(recipe.data_weights.at("kvasir-seg"), 2);
  const Recipe again = parse_recipe(to_toml(recipe), "again.toml");
  EXPECT_EQ(again.data_weights, recipe.data_weights);
  EXPECT_EQ(recipe_sha256(again), recipe_sha256(recipe));
  EXPECT_THAT(
      test::error_of(
          ErrorKind::usage,
          [] { parse_recipe("[data.weights]\nC1 = 0\n[[stages]]\nepochs = 1\n", "r.toml"); }),
      HasSubstr("data.weights.C1"));
}

}  // namespace
}  // namespace bcnet::train
