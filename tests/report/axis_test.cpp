#include "report/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bcnet::report {
namespace {

using testing::DoubleNear;
using testing::Pointwise;

TEST(Axis, HasTicksAtRoundNumbersAroundTheValues) {
  const Axis axis = round_axis(0.474, 0.895, 4);
  EXPECT_THAT(axis.ticks, Pointwise(DoubleNear(1e-12), {0.4, 0.6, 0.8, 1.0}));
  EXPECT_DOUBLE_EQ(axis.low, 0.4);
  EXPECT_DOUBLE_EQ(axis.high, 1.0);
  EXPECT_NEAR(axis.share(0.7), 0.5, 1e-12);
}

TEST(Axis, CoversEveryRange) {
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{0, 1},
                                                                        {0, 0},
                                                                        {3, 3},
                                                                        {-2, -2},
                                                                        {1e-7, 2e-5},
                                                                        {-5, 1e6},
                                                                        {0.81, 0.8100001},
                                                                        {1, 1e12}}) {
    const Axis axis = round_axis(low, high, 4);
    EXPECT_LE(axis.low, low + 1e-9 * std::abs(low)) << low;
    EXPECT_GE(axis.high, high - 1e-9 * std::abs(high)) << low;
    EXPECT_LT(axis.low, axis.high) << low;
    EXPECT_GE(axis.ticks.size(), 2U) << low;
    EXPECT_LE(axis.ticks.size(), 8U) << low;
  }
}

TEST(Axis, OfWholeNumbersHasNoTickBetweenThem) {
  EXPECT_THAT(round_axis(1, 2, 6, true).ticks, testing::ElementsAre(1, 2));
  EXPECT_THAT(round_axis(1, 3, 6, true).ticks, testing::ElementsAre(1, 2, 3));
  EXPECT_LE(round_axis(1, 300, 6, true).ticks.size(), 8U);
}

TEST(Axis, SaysTicksShortly) {
  EXPECT_EQ(tick_text(0.30000000000000004), "0.3");
  EXPECT_EQ(tick_text(-1e-17), "0");
  EXPECT_EQ(tick_text(150), "150");
}

}  // namespace
}  // namespace bcnet::report
