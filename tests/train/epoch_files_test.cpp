#include "train/epoch_files.h"

#include <gtest/gtest.h>

namespace bcnet::train {
namespace {

TEST(MetricsLine, HasTheRateOfEachPartAndTheHighest) {
  EpochEnd end;
  end.epoch = 3;
  end.learning_rates = {{"backbone", 1e-4}, {"bbem", 1e-5}, {"cfis", 1e-3}};
  const Json line = metrics_line(end, StageRecipe());
  EXPECT_EQ(line["learning_rate"], 1e-3);
  EXPECT_EQ(line["learning_rates"], (Json{{"backbone", 1e-4}, {"bbem", 1e-5}, {"cfis", 1e-3}}));
}

}  // namespace
}  // namespace bcnet::train
