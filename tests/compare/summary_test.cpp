#include "compare/summary.h"

#include <gtest/gtest.h>

namespace bcnet::compare {
namespace {

/// A result with these Dice; IoU and boundary F are the same.
Json result_of(const std::vector<std::pair<const char*, double>>& images) {
  Json result = {{"per_image", Json::array()}};
  double sum = 0;
  for (const auto& [name, dice] : images) {
    result["per_image"].push_back(
        {{"image", name}, {"dice", dice}, {"iou", dice}, {"boundary_f", dice}});
    sum += dice;
  }
  for (const char* key : {"mean_dice", "mean_iou", "boundary_f"}) {
    result[key] = sum / static_cast<double>(images.size());
  }
  return result;
}

// Values of Python 3.11's statistics.mean and statistics.stdev.

TEST(CompareSummary, SeedsCountAnImageOnce) {
  const Json summary =
      summarize_runs({result_of({{"a", 0.8}, {"b", 0.6}}), result_of({{"a", 0.9}, {"b", 0.4}})}, 1);
  EXPECT_EQ(summary["images"], 2);
  EXPECT_NEAR(summary["mean_dice"].get<double>(), 0.675, 1e-12);
  EXPECT_NEAR(summary["deviation"]["mean_dice"].get<double>(), 0.03535533905932735, 1e-12);
  EXPECT_NEAR(summary["per_image"][0]["dice"].get<double>(), 0.85, 1e-12);
  EXPECT_NEAR(summary["ci"]["mean_dice"][0].get<double>(), 0.5, 1e-12);
  EXPECT_NEAR(summary["ci"]["mean_dice"][1].get<double>(), 0.85, 1e-12);
}

TEST(CompareSummary, FoldsArePooled) {
  const Json summary =
      summarize_runs({result_of({{"a", 0.8}, {"b", 0.6}}), result_of({{"c", 0.9}})}, 1);
  EXPECT_EQ(summary["images"], 3);
  EXPECT_NEAR(summary["mean_iou"].get<double>(), 0.7666666666666667, 1e-12);
  EXPECT_NEAR(summary["deviation"]["mean_iou"].get<double>(), 0.14142135623730953, 1e-12);
}

TEST(CompareSummary, OneRunHasNoDeviation) {
  const Json summary = summarize_runs({result_of({{"a", 0.8}})}, 1);
  EXPECT_TRUE(summary["deviation"]["mean_dice"].is_null());
}

TEST(CompareSummary, DifferenceIsOfTheSameImages) {
  const Json first = summarize_runs({result_of({{"a", 0.8}, {"b", 0.6}})}, 1);
  const Json other = summarize_runs({result_of({{"b", 0.5}, {"a", 0.9}})}, 1);
  const Json differences = compare_summaries(other, first, 1);
  EXPECT_EQ(differences.size(), 3U);
  const Json& difference = differences["mean_dice"];
  EXPECT_EQ(difference["images"], 2);
  EXPECT_NEAR(difference["difference"].get<double>(), 0.0, 1e-12);
  EXPECT_NEAR(difference["ci"][0].get<double>(), -0.1, 1e-12);
  EXPECT_NEAR(difference["ci"][1].get<double>(), 0.1, 1e-12);
}

}  // namespace
}  // namespace bcnet::compare
