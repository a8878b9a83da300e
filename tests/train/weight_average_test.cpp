#include "train/weight_average.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace bcnet::train {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

WeightState state(std::vector<float> weight, std::int64_t batches) {
  return {{"conv.weight", torch::tensor(weight)},
          {"bn.num_batches_tracked", torch::tensor(batches, torch::kInt64)}};
}

TEST(AverageStates, IsTheMeanOfFloatsAndTheFirstOfIntegers) {
  const auto mean = average_states({state({1, 4}, 7), state({3, -2}, 9), state({5, 1}, 11)});
  EXPECT_EQ(mean.size(), 2U);
  EXPECT_TRUE(torch::equal(mean.at("conv.weight"), torch::tensor({3.0F, 1.0F})));
  EXPECT_EQ(mean.at("bn.num_batches_tracked").item<std::int64_t>(), 7);
}

TEST(AverageStates, AddsUpInDoublePrecision) {
  // In float 1e8 + 1 is 1e8 again: the mean would be 0.
  const auto mean = average_states({state({1e8F}, 0), state({1}, 0), state({-1e8F}, 0)});
  EXPECT_FLOAT_EQ(mean.at("conv.weight").item<float>(), 1.0F / 3);
}

TEST(AverageStates, LeavesItsInputsAlone) {
  const auto first = state({1, 4}, 7);
  average_states({first, state({3, 6}, 9)});
  EXPECT_TRUE(torch::equal(first.at("conv.weight"), torch::tensor({1.0F, 4.0F})));
}

TEST(AverageStates, RefusesOtherNamesAndShapes) {
  auto more = state({1, 2}, 0);
  more["bn.bias"] = torch::zeros({2});
  for (const auto& states : {std::vector<WeightState>{state({1, 2}, 0), more},
                             std::vector<WeightState>{more, state({1, 2}, 0)}}) {
    EXPECT_THAT(error_of(ErrorKind::model, [&] { average_states(states); }),
                HasSubstr("'bn.bias' is not in every network"));
  }
  EXPECT_THAT(error_of(ErrorKind::model,
                       [] {
                         average_states({state({1, 2}, 0), state({1, 2, 3}, 0)});
                       }),
              HasSubstr("'conv.weight': found [3], the first network has [2]"));
  EXPECT_THAT(error_of(ErrorKind::usage, [] { average_states({}); }), HasSubstr("no network"));
}

/// Networks on a line, the mean of which is measured by its distance from 0.5.
struct OnALine {
  std::vector<double> places;
  std::vector<std::vector<std::size_t>> asked{};

  static double value(double place) { return 1.0 - (place - 0.5) * (place - 0.5); }
  std::vector<double> alone() const {
    std::vector<double> values;
    for (const double place : places) {
      values.push_back(value(place));
    }
    return values;
  }
  std::vector<std::size_t> choose() {
    return choose_greedily(alone(), [&](const std::vector<std::size_t>& indices) {
      asked.push_back(indices);
      double mean = 0;
      for (const std::size_t i : indices) {
        mean += places[i] / static_cast<double>(indices.size());
      }
      return value(mean);
    });
  }
};

TEST(ChooseGreedily, KeepsWhatDoesNotLowerTheMeasure) {
  // Best alone is 0.25; with 1 the mean is 0.625, better; with 2 as well it is worse.
  OnALine line{{2.0, 0.25, 1.0}};
  EXPECT_THAT(line.choose(), ElementsAre(1U, 2U));
  EXPECT_THAT(line.asked, ElementsAre(ElementsAre(1U, 2U), ElementsAre(1U, 2U, 0U)));
}

TEST(ChooseGreedily, LeavesOutInTheMiddleAndGoesOn) {
  // The second 0.25 changes nothing and stays; 0.875 moves the mean to 0.458; -0.5 away again.
  OnALine line{{0.25, -0.5, 0.25, 0.875}};
  EXPECT_THAT(line.choose(), ElementsAre(0U, 2U, 3U));
}

TEST(ChooseGreedily, OneAloneStands) {
  OnALine line{{3.0}};
  EXPECT_THAT(line.choose(), ElementsAre(0U));
  EXPECT_TRUE(line.asked.empty());
  EXPECT_THAT(error_of(ErrorKind::usage, [] { choose_greedily({}, {}); }), HasSubstr("no network"));
}

}  // namespace
}  // namespace bcnet::train
