#include "bench/spread.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace bcnet::bench {

// Expected: NumPy 2.4.6, median, mean and percentile.
TEST(Spread, MatchesNumpy) {
  const Spread spread = spread_of({5, 1, 4, 2, 3, 10});
  EXPECT_DOUBLE_EQ(spread.median, 3.5);
  EXPECT_DOUBLE_EQ(spread.mean, 25.0 / 6.0);
  EXPECT_DOUBLE_EQ(spread.low, 1.5);
  EXPECT_DOUBLE_EQ(spread.high, 7.5);
  EXPECT_DOUBLE_EQ(spread.least, 1);
  EXPECT_DOUBLE_EQ(spread.most, 10);
}

TEST(Spread, OfOneValueIsThatValue) {
  const Spread spread = spread_of({7});
  EXPECT_DOUBLE_EQ(spread.median, 7);
  EXPECT_DOUBLE_EQ(spread.low, 7);
  EXPECT_DOUBLE_EQ(spread.high, 7);
}

TEST(Spread, OfNothingIsAnError) { EXPECT_THROW(spread_of({}), Error); }

}  // namespace bcnet::bench
