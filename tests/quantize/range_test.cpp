// Values pinned from reference/ranges.py, NumPy 2.4.6.
#include "quantize/range.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace bcnet::quantize {
namespace {

std::vector<float> values() {
  std::vector<float> result;
  for (int i = 0; i < 20000; ++i) {
    const double share = static_cast<double>(i * 7919LL % 10007) / 10007;
    result.push_back(static_cast<float>(std::sinh(6 * (share - 0.3)) * (i % 2500 == 1 ? 4 : 1)));
  }
  return result;
}

Histogram histogram() {
  const auto seen = values();
  const auto [low, high] = std::minmax_element(seen.begin(), seen.end());
  Histogram result(*low, *high);
  result.add(seen.data(), seen.size());
  return result;
}

TEST(Histogram, CountsEveryValue) {
  const Histogram seen = histogram();
  EXPECT_EQ(seen.total(), 20000U);
  EXPECT_NEAR(seen.center(0), seen.low() + (seen.high() - seen.low()) / 4096, 1e-5);
  EXPECT_GT(seen.counts().front(), 0U);
  EXPECT_GT(seen.counts().back(), 0U);
}

TEST(Histogram, OfOneValueAlone) {
  Histogram seen(2, 2);
  const std::vector<float> same(7, 2.0F);
  seen.add(same.data(), same.size());
  EXPECT_EQ(seen.total(), 7U);
  for (const RangeMethod method : range_methods()) {
    EXPECT_TRUE(std::isfinite(affine_of(range_of(seen, method)).scale)) << name_of(method);
  }
}

struct Expected {
  RangeMethod method;
  float low, high;
};

TEST(Range, AgreesWithNumpy) {
  const Histogram seen = histogram();
  for (const Expected& expected : {Expected{RangeMethod::min_max, -3.885891F, 119.838318F},
                                   Expected{RangeMethod::percentile, -2.979708F, 67.581755F},
                                   Expected{RangeMethod::mse, -3.769314F, 116.243168F},
                                   Expected{RangeMethod::entropy, -2.914418F, 89.878738F}}) {
    const Range range = range_of(seen, expected.method);
    EXPECT_NEAR(range.low, expected.low, 1e-4) << name_of(expected.method);
    EXPECT_NEAR(range.high, expected.high, 1e-4) << name_of(expected.method);
  }
}

TEST(Affine, StoresZeroExactly) {
  const Affine both = affine_of({-3.0231F, 33.324F});
  EXPECT_NEAR(both.scale, 36.3471 / 255, 1e-6);
  EXPECT_EQ(both.zero_point, 21);
  EXPECT_EQ(affine_of({0, 6}).zero_point, 0);
  EXPECT_FLOAT_EQ(affine_of({0, 6}).scale, 6.0F / 255);
  // A range that leaves 0 out is widened to it.
  EXPECT_FLOAT_EQ(affine_of({2, 6}).scale, 6.0F / 255);
  EXPECT_EQ(affine_of({-6, -2}).zero_point, 255);
  EXPECT_EQ(affine_of({0, 0}).scale, 1.0F);
}

}  // namespace
}  // namespace bcnet::quantize
