#include "onnx/saturation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "onnx/int8_weights.h"

namespace bcnet::onnx {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::pair<std::size_t, std::size_t>> pairs_of(std::size_t inputs, std::size_t taps,
                                                          bool depthwise = false) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const WeightPair& pair : weight_pairs(inputs, taps, depthwise)) {
    pairs.emplace_back(pair.first, pair.second);
  }
  return pairs;
}

// By hand, for weights that lie as [inputs, taps].
TEST(WeightPairs, AreNeighboursAmongTheInputChannels) {
  EXPECT_THAT(pairs_of(2, 1), ElementsAre(std::pair(0, 1)));
  EXPECT_THAT(pairs_of(4, 2),
              ElementsAre(std::pair(0, 2), std::pair(1, 3), std::pair(4, 6), std::pair(5, 7)));
  EXPECT_THAT(pairs_of(9, 1, /*depthwise=*/true), IsEmpty());
}

TEST(WeightPairs, OfAnOddNumberOfChannelsReachOverTheTaps) {
  // Channels 0 and 1 at either tap; then in the order [taps, inputs]: a0 b0 | c0 a1 | b1 c1.
  EXPECT_THAT(pairs_of(3, 2), ElementsAre(std::pair(0, 2), std::pair(1, 3), std::pair(0, 2),
                                          std::pair(4, 1), std::pair(3, 5)));
  EXPECT_THAT(pairs_of(1, 3), ElementsAre(std::pair(0, 1)));  // one channel, not depthwise
}

/// input → uint8 and back → Conv with stored weights → output
class Saturating : public testing::Test {
 protected:
  template <typename T>
  void store(std::vector<std::int64_t> dims, const std::vector<T>& values,
             const std::vector<T>& zeros = {0}) {
    model_.initializers["w"] = make_initializer("w", std::move(dims), values);
    const auto channels = static_cast<std::int64_t>(zeros.size());
    model_.initializers["wz"] = make_initializer("wz", {channels}, zeros);
    model_.initializers["s"] = make_initializer("s", {}, std::vector<float>{1.0F});
    model_.initializers["z"] = make_initializer("z", {}, std::vector<std::uint8_t>{7});
    model_.nodes = {{"QuantizeLinear", "q", {"input", "s", "z"}, {"a"}, {}},
                    {"DequantizeLinear", "d", {"a", "s", "z"}, {"b"}, {}},
                    {"DequantizeLinear", "dw", {"w", "s", "wz"}, {"weights"}, {}},
                    {"Conv", "conv", {"b", "weights"}, {"output"}, {}}};
  }

  std::size_t found() const { return saturating_convolutions(model_).size(); }

  using Bytes = std::vector<std::int8_t>;
  using Unsigned = std::vector<std::uint8_t>;
  Model model_;
};

TEST_F(Saturating, ASumBeyond128) {
  store({1, 2, 1, 1}, Bytes{127, 1});  // 255·128 = 32640 fits in 16 bits
  EXPECT_EQ(found(), 0U);
  store({1, 2, 1, 1}, Bytes{127, 2});  // 255·129 = 32895 does not
  ASSERT_EQ(found(), 1U);
  EXPECT_EQ(saturating_convolutions(model_)[0]->name, "conv");
  store({1, 2, 1, 1}, Bytes{-127, -2});
  EXPECT_EQ(found(), 1U);
  store({1, 2, 1, 1}, Bytes{127, -127});
  EXPECT_EQ(found(), 0U);
  store({2, 2, 1, 1}, Bytes{0, 0, 100, 29});  // in the second channel
  EXPECT_EQ(found(), 1U);
  store({1, 4, 1, 1}, Bytes{0, 127, 127, 0});  // no neighbours
  EXPECT_EQ(found(), 0U);
}

TEST_F(Saturating, LessTheZeroPoint) {
  store({1, 2, 1, 1}, Unsigned{255, 130}, Unsigned{128});
  EXPECT_EQ(found(), 1U);
  store({1, 2, 1, 1}, Unsigned{255, 129}, Unsigned{128});
  EXPECT_EQ(found(), 0U);
  store({2, 2, 1, 1}, Unsigned{255, 129, 129, 0}, Unsigned{128, 0});
  EXPECT_EQ(found(), 1U);
}

TEST_F(Saturating, NotWhatIsSummedIn32BitsOrInFloat) {
  store({2, 1, 1, 2}, Bytes{127, 127, 127, 127});
  EXPECT_EQ(found(), 1U);
  model_.nodes.back().attributes["group"] = std::int64_t{2};  // depthwise
  EXPECT_EQ(found(), 0U);

  store({1, 2, 1, 1}, Bytes{127, 127});
  model_.initializers["z"] = make_initializer("z", {}, Bytes{0});  // two signed bytes fit
  EXPECT_EQ(found(), 0U);

  store({1, 2, 1, 1}, Bytes{127, 127});
  model_.nodes.back().inputs[0] = "input";  // computed in float
  EXPECT_EQ(found(), 0U);
  model_.nodes.clear();
  EXPECT_EQ(found(), 0U);
}

/// A wave that hits no step exactly.
std::vector<float> wave(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = std::sin(1.7F * static_cast<float>(i)) + 0.3F * std::cos(0.9F * static_cast<float>(i));
  }
  return values;
}

TEST(ExactWeights, LeaveNoPairBeyond128AndComeNearIt) {
  for (const auto& [inputs, keep_sums] : std::vector<std::pair<std::int64_t, bool>>{
           {3, false}, {16, false}, {65, false}, {3, true}, {16, true}, {65, true}}) {
    constexpr std::int64_t channels = 5, taps = 9;
    const auto each = static_cast<std::size_t>(inputs * taps);
    const auto weights = make_initializer("w", {channels, inputs, 3, 3}, wave(channels * each));
    const auto stored = quantize_weights(weights, {WeightRange::exact, false, {}, keep_sums});
    const auto values = float_values(weights);
    for (std::size_t c = 0; c < channels; ++c) {
      int largest_sum = 0, largest = 0;
      for (const WeightPair& pair : weight_pairs(static_cast<std::size_t>(inputs), taps, false)) {
        largest_sum = std::max(largest_sum, std::abs(stored.values[c * each + pair.first] +
                                                     stored.values[c * each + pair.second]));
      }
      for (std::size_t i = 0; i < each; ++i) {
        const float step = stored.scales[c];
        largest = std::max(largest, std::abs(int{stored.values[c * each + i]}));
        EXPECT_NEAR(stored.values[c * each + i] * step, values[c * each + i],
                    (keep_sums ? 1.001F : 0.501F) * step);
      }
      EXPECT_LE(largest_sum, 128);
      EXPECT_TRUE(largest_sum >= 126 || largest >= 126) << largest_sum << " " << largest;
    }
  }
}

TEST(ExactWeights, OfADepthwiseConvolutionTakeAllBits) {
  const auto weights = make_initializer("w", {4, 1, 3, 3}, wave(36));
  const auto exact = quantize_weights(weights, {WeightRange::exact, true, {}, false});
  const auto full = quantize_weights(weights, {WeightRange::full, true, {}, false});
  EXPECT_EQ(exact.values, full.values);
  EXPECT_EQ(exact.scales, full.scales);
}

// 0.5 and 0.25 of 128 steps are 85.33 and 42.67, whose sum is 128; apart they need no more room.
TEST(ExactWeights, ByHand) {
  const auto weights = [](float a, float b) {
    return make_initializer("w", {1, 2, 1, 1}, std::vector{a, b});
  };
  const WeightOptions exact{WeightRange::exact, false, {}, false};
  EXPECT_THAT(quantize_weights(weights(0.5F, 0.25F), exact).values, ElementsAre(85, 43));
  EXPECT_THAT(quantize_weights(weights(0.5F, 0.5F), exact).values, ElementsAre(64, 64));
  EXPECT_THAT(quantize_weights(weights(0.5F, -0.25F), exact).values, ElementsAre(127, -64));
}

}  // namespace
}  // namespace bcnet::onnx
