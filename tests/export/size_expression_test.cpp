#include "export/size_expression.h"

#include <gtest/gtest.h>

namespace bcnet::onnx {
namespace {

const std::vector<InputSize> sizes{
    {1, 96, 64}, {2, 64, 160}, {3, 160, 96}, {2, 224, 32}, {1, 32, 32}};
const InputSize unseen{5, 352, 288};

template <typename Function>
std::optional<SizeExpression> fit(Function function) {
  std::vector<std::int64_t> values;
  for (const auto& size : sizes) {
    values.push_back(function(size));
  }
  return fit_size_expression(sizes, values);
}

TEST(SizeExpression, FindsAnAxisDividedByThePyramid) {
  const auto height = fit([](const InputSize& s) { return s.height / 8; });
  ASSERT_TRUE(height);
  EXPECT_EQ((*height)(unseen), 44);
  EXPECT_EQ(height->width_divisor, 0);
  EXPECT_FALSE(height->batch);
}

TEST(SizeExpression, FindsProducts) {
  const auto area = fit([](const InputSize& s) { return s.height / 16 * (s.width / 16); });
  ASSERT_TRUE(area);
  EXPECT_EQ((*area)(unseen), 22 * 18);
  const auto all = fit([](const InputSize& s) { return 3 * s.batch * s.height * s.width; });
  ASSERT_TRUE(all);
  EXPECT_EQ((*all)(unseen), 3 * 5 * 352 * 288);
}

TEST(SizeExpression, FindsOffsetsAndLowerBounds) {
  const auto keys = fit([](const InputSize& s) {
    return std::max<std::int64_t>(1, s.height / 32 * (s.width / 32) - 1);
  });
  ASSERT_TRUE(keys);
  EXPECT_EQ((*keys)(unseen), 11 * 9 - 1);
  EXPECT_EQ((*keys)({1, 32, 32}), 1);
  EXPECT_EQ((*keys)({1, 32, 64}), 1);
}

TEST(SizeExpression, GivesUpOnWhatIsNoProduct) {
  EXPECT_FALSE(fit([](const InputSize& s) { return s.height + s.width; }));
  EXPECT_FALSE(fit([](const InputSize& s) { return s.height * s.height; }));
}

TEST(SizeExpression, AConstantIsNoExpression) {
  EXPECT_FALSE(fit([](const InputSize&) { return 7; }));
}

}  // namespace
}  // namespace bcnet::onnx
