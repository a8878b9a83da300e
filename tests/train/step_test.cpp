#include "train/step.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "nn/architectures.h"
#include "nn/ops/conv.h"

namespace bcnet::train {
namespace {

Recipe step_recipe(const std::string& more = {}, const std::string& stage = {}) {
  return parse_recipe(
      "[model]\nbackbone = \"efficientnet_lite0\"\nchannels = 8\nboundary_channels = 8\n" + more +
          "[[stages]]\nlearning_rate = 1e-3\n" + stage,
      "r.toml");
}

TrainStep step_of(const Recipe& recipe, std::shared_ptr<nn::SegmentationNetwork> network) {
  return {std::move(network), recipe, torch::kCPU, torch::kFloat32};
}

// Weights of convolutions decay; biases, batch norms and the attention's gamma do not.
TEST(TrainStep, DecaysWeightsAlone) {
  const Recipe recipe = step_recipe();
  const auto network = nn::make_network(recipe.model);
  std::set<std::string> weights;
  for (const auto& item : network->named_modules()) {
    if (dynamic_cast<torch::nn::Conv2dImpl*>(item.value().get()) != nullptr) {
      weights.insert(item.key() + ".weight");
    }
  }
  ASSERT_GT(weights.size(), 20U);
  const TrainStep step = step_of(recipe, network);
  std::size_t others = 0;
  for (const auto& parameter : step.optimizer().parameters()) {
    EXPECT_EQ(parameter.decay, weights.count(parameter.name) > 0) << parameter.name;
    others += parameter.decay ? 0 : 1;
  }
  EXPECT_GT(others, 40U);
  const Recipe all = step_recipe("[optimizer]\ndecay_all = true\n");
  const TrainStep with_all = step_of(all, nn::make_network(all.model));
  for (const auto& parameter : with_all.optimizer().parameters()) {
    EXPECT_TRUE(parameter.decay) << parameter.name;
  }
}

TEST(TrainStep, KnowsTheRateOfEachModuleThatLearns) {
  const Recipe recipe = step_recipe(
      "", "focus = \"bbem\"\nbackbone_factor = 0.5\nfreeze = [\"backbone._conv_stem\"]\n");
  TrainStep step = step_of(recipe, nn::make_network(recipe.model));
  step.enter_stage(recipe.stages[0]);
  step.set_learning_rates(0.5);
  const auto rates = step.learning_rates();
  ASSERT_EQ(rates.size(), nn::module_groups(recipe.model).size());
  EXPECT_DOUBLE_EQ(rates.at("bbem"), 0.5e-3);
  EXPECT_DOUBLE_EQ(rates.at("cfis"), 0.5e-4);
  EXPECT_DOUBLE_EQ(rates.at("backbone"), 0.25e-4);

  StageRecipe frozen = recipe.stages[0];
  frozen.freeze = {"backbone"};
  step.enter_stage(frozen);
  EXPECT_EQ(step.learning_rates().count("backbone"), 0U);
  EXPECT_EQ(step.learning_rates().size(), rates.size() - 1);
}

TEST(TrainStep, RoundsWhatFrozenModulesReadToo) {
  const Recipe recipe = step_recipe("", "quantize = true\nfreeze = [\"backbone\"]\n");
  const auto network = nn::make_network(recipe.model);
  TrainStep step = step_of(recipe, network);
  step.enter_stage(recipe.stages[0]);
  torch::manual_seed(1);
  network->forward(torch::randn({2, 3, 64, 64}));
  const auto ranges = nn::rounding_ranges(*network);
  std::size_t convolutions = 0;
  for (const auto& item : network->named_modules()) {
    if (item.value()->as<nn::Conv2dImpl>() != nullptr) {
      ++convolutions;
      EXPECT_EQ(ranges.count(item.key()), 1U) << item.key();
    }
  }
  EXPECT_GT(convolutions, 20U);
  // The stage behind it trains them again, as any other.
  StageRecipe next = recipe.stages[0];
  next.freeze.clear();
  step.enter_stage(next);
  for (const auto& item : network->named_modules()) {
    if (const auto* convolution = item.value()->as<nn::Conv2dImpl>()) {
      EXPECT_FALSE(convolution->frozen) << item.key();
    }
  }
}

}  // namespace
}  // namespace bcnet::train
