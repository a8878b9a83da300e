#include "compare/summary.h"

#include <gtest/gtest.h>

namespace bcnet::compare {
namespace {

/// A run with these Dice; IoU and boundary F are the same.
std::vector<evaluate::ComparableImage> run_of(
    const std::vector<std::pair<const char*, double>>& images) {
  std::vector<evaluate::ComparableImage> run;
  for (const auto& [name, dice] : images) {
    run.push_back({name, {{"dice", dice}, {"iou", dice}, {"boundary_f", dice}}});
  }
  return run;
}

// Values of Python 3.11's statistics.mean and statistics.stdev.

TEST(CompareSummary, SeedsCountAnImageOnce) {
  const Summary summary =
      summarize_runs({run_of({{"a", 0.8}, {"b", 0.6}}), run_of({{"a", 0.9}, {"b", 0.4}})}, 1);
  EXPECT_EQ(summary.images.size(), 2U);
  EXPECT_NEAR(summary.dice.mean, 0.675, 1e-12);
  EXPECT_NEAR(*summary.dice.deviation, 0.03535533905932735, 1e-12);
  EXPECT_NEAR(summary.images[0].values.at("dice"), 0.85, 1e-12);
  EXPECT_NEAR(summary.dice.interval.low, 0.5, 1e-12);
  EXPECT_NEAR(summary.dice.interval.high, 0.85, 1e-12);
}

TEST(CompareSummary, FoldsArePooled) {
  const Summary summary =
      summarize_runs({run_of({{"a", 0.8}, {"b", 0.6}}), run_of({{"c", 0.9}})}, 1);
  EXPECT_EQ(summary.images.size(), 3U);
  EXPECT_NEAR(summary.iou.mean, 0.7666666666666667, 1e-12);
  EXPECT_NEAR(*summary.iou.deviation, 0.14142135623730953, 1e-12);
}

TEST(CompareSummary, OneRunHasNoDeviation) {
  const Summary summary = summarize_runs({run_of({{"a", 0.8}})}, 1);
  EXPECT_FALSE(summary.dice.deviation);
}

TEST(CompareSummary, DifferenceIsOfTheSameImages) {
  const Summary first = summarize_runs({run_of({{"a", 0.8}, {"b", 0.6}})}, 1);
  const Summary other = summarize_runs({run_of({{"b", 0.5}, {"a", 0.9}})}, 1);
  const auto differences = compare_summaries(other, first, 1);
  EXPECT_EQ(differences.size(), 3U);
  EXPECT_STREQ(differences[0].key, "mean_dice");
  EXPECT_EQ(differences[0].images, 2U);
  const metrics::PairedDifference& difference = differences[0].difference;
  EXPECT_NEAR(difference.mean, 0.0, 1e-12);
  EXPECT_NEAR(difference.interval.low, -0.1, 1e-12);
  EXPECT_NEAR(difference.interval.high, 0.1, 1e-12);
}

}  // namespace
}  // namespace bcnet::compare
