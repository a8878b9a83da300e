#include "nn/ops/conv.h"

#include <gtest/gtest.h>

#include "nn/wave.h"
#include "onnx/int8_weights.h"

namespace bcnet::nn {
namespace {

using test::wave;

// By hand: 256 values of 0.02 from -1.28, to the nearest, halves to even.
TEST(FakeQuantize, RoundsToTheRangesValues) {
  const auto x = torch::tensor({-2.0F, -1.28F, -0.011F, 0.0F, 0.031F, 3.82F, 5.0F});
  const auto y = fake_quantize(x, {-1.28, 3.82});
  EXPECT_TRUE(torch::allclose(y, torch::tensor({-1.28F, -1.28F, -0.02F, 0.0F, 0.04F, 3.82F, 3.82F}),
                              0, 1e-6));
}

TEST(FakeQuantize, PassesTheGradientWithinTheRangeAlone) {
  const auto x = torch::tensor({-2.0F, -1.28F, 0.013F, 3.8F, 4.0F}).requires_grad_();
  (fake_quantize(x, {-1.28, 3.82}) * 3).sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), torch::tensor({0.0F, 3.0F, 3.0F, 3.0F, 0.0F})));
}

TEST(FakeQuantize, PutsZeroIntoTheRange) {
  const auto y = fake_quantize(torch::tensor({2.0F, 3.0F, -1.0F}), {2, 5.1});
  EXPECT_TRUE(torch::allclose(y, torch::tensor({2.0F, 3.0F, 0.0F}), 0, 1e-6));
}

TEST(FakeQuantize, KeepsTheTypeAndLeavesARangeOfNoWidth) {
  const auto x = wave({1, 3, 4, 4}, 5, 2).to(torch::kBFloat16);
  EXPECT_EQ(fake_quantize(x, {-2, 2}).scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(torch::equal(fake_quantize(x, {0, 0}), x));
}

TEST(FakeQuantizeWeight, IsWhatAFileInFullRangeStores) {
  const auto weight = wave({6, 4, 3, 3}, 11, 1).contiguous();
  const std::vector<float> values(weight.data_ptr<float>(),
                                  weight.data_ptr<float>() + weight.numel());
  const auto stored =
      onnx::quantize_weights(onnx::make_initializer("w", {6, 4, 3, 3}, values), {});
  std::vector<float> expected;
  for (std::size_t i = 0; i < values.size(); ++i) {
    expected.push_back(static_cast<float>(stored.values[i]) * stored.scales[i / 36]);
  }
  EXPECT_TRUE(
      torch::allclose(fake_quantize_weight(weight).flatten(), torch::tensor(expected), 0, 1e-6));
}

TEST(Conv2d, IsLibTorchsUnlessItRounds) {
  Conv2d ours(torch::nn::Conv2dOptions(3, 5, 3).padding(1));
  torch::nn::Conv2d theirs(torch::nn::Conv2dOptions(3, 5, 3).padding(1));
  const torch::NoGradGuard no_grad;
  theirs->weight.copy_(ours->weight);
  theirs->bias.copy_(ours->bias);
  const auto x = wave({2, 3, 8, 6}, 3, 1);
  EXPECT_TRUE(torch::equal(ours(x), theirs(x)));

  set_rounding(*ours, true);
  const auto rounded = ours(x);
  EXPECT_FALSE(torch::equal(rounded, theirs(x)));
  EXPECT_TRUE(torch::allclose(rounded, theirs(x), 0, 0.05));
  theirs->weight.copy_(fake_quantize_weight(ours->weight));
  EXPECT_TRUE(torch::equal(
      rounded, theirs(fake_quantize(x, {x.min().item<double>(), x.max().item<double>()}))));

  set_rounding(*ours, false);
  theirs->weight.copy_(ours->weight);
  EXPECT_TRUE(torch::equal(ours(x), theirs(x)));
}

TEST(Conv2d, FollowsTheBatchesRangesInTrainingAlone) {
  Conv2d conv(torch::nn::Conv2dOptions(1, 1, 1));
  set_rounding(*conv, true);
  const auto of_range = [](float low, float high) {
    return torch::tensor({low, high}).reshape({1, 1, 1, 2});
  };
  conv(of_range(-1, 2));
  conv(of_range(-3, 12));
  conv->eval();
  conv(of_range(-100, 100));
  const auto ranges = rounding_ranges(*conv);
  ASSERT_EQ(ranges.size(), 1U);
  EXPECT_NEAR(ranges.begin()->second.low, -1 - 0.01 * 2, 1e-9);
  EXPECT_NEAR(ranges.begin()->second.high, 2 + 0.01 * 10, 1e-9);
}

TEST(Conv2d, FollowsRangesFrozenInANetworkThatTrains) {
  Conv2d conv(torch::nn::Conv2dOptions(1, 1, 1));
  set_rounding(*conv, true);
  conv->eval();
  conv->frozen = true;
  const auto x = torch::tensor({-1.0F, 0.3F, 1.0F, 2.0F}).reshape({1, 1, 2, 2});
  const auto y = conv(x);
  auto ranges = rounding_ranges(*conv);
  ASSERT_EQ(ranges.size(), 1U);
  EXPECT_EQ(ranges.begin()->second.low, -1.0);
  EXPECT_EQ(ranges.begin()->second.high, 2.0);
  const auto expected =
      torch::conv2d(fake_quantize(x, {-1.0, 2.0}), fake_quantize_weight(conv->weight), conv->bias);
  EXPECT_TRUE(torch::equal(y, expected));
  conv(x * 3);
  EXPECT_NEAR(rounding_ranges(*conv).begin()->second.high, 2 + 0.01 * 4, 1e-9);
}

TEST(Conv2d, RoundsInEvaluationToo) {
  Conv2d conv(torch::nn::Conv2dOptions(3, 5, 3).padding(1));
  set_rounding(*conv, true);
  const auto x = wave({2, 3, 8, 6}, 3, 1);
  conv(x);
  const ValueRange range = rounding_ranges(*conv).begin()->second;
  conv->eval();
  const auto expected =
      torch::conv2d(fake_quantize(x, range), fake_quantize_weight(conv->weight), conv->bias, 1, 1);
  EXPECT_TRUE(torch::allclose(conv(x), expected, 0, 1e-6));
  EXPECT_FALSE(torch::allclose(conv(x), torch::conv2d(x, conv->weight, conv->bias, 1, 1), 0, 1e-6));
}

TEST(Conv2d, TakesItsRangeBack) {
  torch::nn::Sequential network(Conv2d(torch::nn::Conv2dOptions(1, 1, 1)), torch::nn::ReLU());
  set_rounding(*network, true);
  restore_rounding_ranges(*network, {{"0", {-0.5, 0.25}}, {"gone", {0, 1}}});
  const auto ranges = rounding_ranges(*network);
  ASSERT_EQ(ranges.size(), 1U);
  EXPECT_EQ(ranges.at("0").low, -0.5);
  set_rounding(*network, true);  // as it was
  EXPECT_EQ(rounding_ranges(*network).size(), 1U);
  set_rounding(*network, false);
  EXPECT_TRUE(rounding_ranges(*network).empty());
}

TEST(Conv2d, AddsNothingToWeightFiles) {
  Conv2d conv(torch::nn::Conv2dOptions(2, 2, 1));
  set_rounding(*conv, true);
  conv(wave({1, 2, 2, 2}, 1, 1));
  EXPECT_EQ(conv->named_parameters().keys(), (std::vector<std::string>{"weight", "bias"}));
  EXPECT_TRUE(conv->named_buffers().is_empty());
}

}  // namespace
}  // namespace bcnet::nn
