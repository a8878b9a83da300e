#include "metrics/wilson.h"

#include <gtest/gtest.h>

namespace bcnet::metrics {
namespace {

void expect_interval(double found, std::size_t count, double low, double high) {
  const Interval interval = wilson_interval(found / static_cast<double>(count), count);
  EXPECT_NEAR(interval.low, low, 1e-12);
  EXPECT_NEAR(interval.high, high, 1e-12);
}

// Reference: scipy.stats.binomtest(found, count).proportion_ci(method="wilson"), SciPy 1.17.1.
TEST(WilsonInterval, AgreesWithScipy) {
  expect_interval(1, 10, 0.017876213095072896, 0.4041500267952385);
  expect_interval(3, 4, 0.30064184258240184, 0.9544127391902995);
  expect_interval(17, 120, 0.09036879103483236, 0.21519494489857183);
}

TEST(WilsonInterval, HasAWidthWhereAllOrNoneAreFound) {
  expect_interval(0, 10, 0, 0.27753279986288926);
  expect_interval(10, 10, 0.7224672001371109, 1);
  EXPECT_EQ(wilson_interval(0, 3).low, 0);
  EXPECT_EQ(wilson_interval(1, 7).high, 1);
}

}  // namespace
}  // namespace bcnet::metrics
