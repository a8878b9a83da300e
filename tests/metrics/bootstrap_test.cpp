#include "metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace bcnet::metrics {
namespace {

std::vector<double> scores() {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) {
    values.push_back(std::pow(i * 37 % 101 / 101.0, 0.3));
  }
  return values;
}

// Reference: scipy.stats.bootstrap (SciPy 1.17.1), method "percentile", 200,000 resamples.
// With 10,000 the ends scatter by about 0.0005.
TEST(BootstrapMean, AgreesWithScipy) {
  const Interval wide = bootstrap_mean(scores());
  EXPECT_NEAR(wide.low, 0.7234662, 0.002);
  EXPECT_NEAR(wide.high, 0.7991268, 0.002);
  const Interval narrow = bootstrap_mean(scores(), 0, 10000, 0.8);
  EXPECT_NEAR(narrow.low, 0.7374923, 0.002);
  EXPECT_NEAR(narrow.high, 0.7869184, 0.002);
}

TEST(BootstrapMean, IsAFunctionOfItsSeed) {
  const Interval first = bootstrap_mean(scores(), 5, 500);
  const Interval again = bootstrap_mean(scores(), 5, 500);
  const Interval other = bootstrap_mean(scores(), 6, 500);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  EXPECT_NE(first.low, other.low);
}

TEST(BootstrapMean, IsAPointForOneValueAndZeroForNone) {
  const Interval one = bootstrap_mean({0.7}, 0, 100);
  EXPECT_DOUBLE_EQ(one.low, 0.7);
  EXPECT_DOUBLE_EQ(one.high, 0.7);
  EXPECT_EQ(bootstrap_mean({}).high, 0);
}

/// 40 images of 1, 2 or 3 polyps, 47 of all 79 found.
std::vector<Share> found_polyps() {
  std::vector<Share> images;
  for (int i = 0; i < 40; ++i) {
    const int polyps = 1 + i % 3;
    images.push_back(
        {static_cast<double>(std::min(polyps, i * 7 % 4)), static_cast<double>(polyps)});
  }
  return images;
}

// Reference: scipy.stats.bootstrap (SciPy 1.17.1) of the ratio of the sums, paired, method
// "percentile", 200,000 resamples. The mean of the shares would give 0.4958 to 0.7542.
TEST(BootstrapRatio, AgreesWithScipy) {
  const Interval interval = bootstrap_ratio(found_polyps());
  EXPECT_NEAR(interval.low, 0.4634146, 0.006);
  EXPECT_NEAR(interval.high, 0.7260274, 0.006);
}

TEST(BootstrapRatio, DrawsWhatBelongsTogetherTogether) {
  // 1 of 1 and 0 of 3: draws have 1, 1/4 or 0, never 1 of 2.
  const Interval wide = bootstrap_ratio({{1, 1}, {0, 3}});
  EXPECT_DOUBLE_EQ(wide.low, 0);
  EXPECT_DOUBLE_EQ(wide.high, 1);
  // The middle half of the draws is the mixed one.
  const Interval narrow = bootstrap_ratio({{1, 1}, {0, 3}}, 0, 10000, 0.4);
  EXPECT_DOUBLE_EQ(narrow.low, 0.25);
  EXPECT_DOUBLE_EQ(narrow.high, 0.25);
  EXPECT_EQ(bootstrap_ratio({}).high, 0);
}

}  // namespace
}  // namespace bcnet::metrics
