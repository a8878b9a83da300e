#include "metrics/bootstrap.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace bcnet::metrics
