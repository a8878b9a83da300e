#include "nn/ops/depthwise_conv.h"

#include <gtest/gtest.h>

#include <tuple>

namespace bcnet::nn {
namespace {

constexpr auto channels_last = torch::MemoryFormat::ChannelsLast;

/// channels, height, width, kernel, stride
using Shape = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

class DepthwiseConv : public testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    torch::manual_seed(5);
    const auto [channels, height, width, kernel, stride] = GetParam();
    options_.stride = stride;
    // As TensorFlow pads: at stride 2 one more below and on the right.
    options_.pad_before = (kernel - stride) / 2;
    options_.pad_after = kernel - stride - options_.pad_before;
    x_ = torch::randn({3, channels, height, width}).contiguous(channels_last);
    weight_ = torch::randn({channels, 1, kernel, kernel});
  }

  /// LibTorch's own convolution in float64: result and gradients of a weighted sum of it.
  std::vector<torch::Tensor> expected() {
    const auto x = x_.to(torch::kFloat64).detach().set_requires_grad(true);
    const auto weight = weight_.to(torch::kFloat64).detach().set_requires_grad(true);
    const auto [before, after] = std::pair(options_.pad_before, options_.pad_after);
    const auto y = torch::conv2d(torch::constant_pad_nd(x, {before, after, before, after}), weight,
                                 {}, at::IntArrayRef(options_.stride), at::IntArrayRef(0),
                                 at::IntArrayRef(1), x.size(1));
    gradient_ = torch::randn_like(y, channels_last).to(torch::kFloat32);
    const auto gradients = torch::autograd::grad({y}, {x, weight}, {gradient_.to(torch::kFloat64)});
    return {y.detach(), gradients[0], gradients[1]};
  }

  std::vector<torch::Tensor> found(torch::ScalarType type) {
    const auto x = x_.to(type).detach().set_requires_grad(true);
    const auto weight = weight_.detach().clone().set_requires_grad(true);
    EXPECT_TRUE(depthwise_conv2d_fits(x, weight));
    const auto y = depthwise_conv2d(x, weight, options_);
    const auto gradients = torch::autograd::grad({y}, {x, weight}, {gradient_.to(type)});
    return {y.detach(), gradients[0], gradients[1]};
  }

  DepthwiseOptions options_;
  torch::Tensor x_, weight_, gradient_;
};

double largest_error(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a.to(torch::kFloat64) - b).abs().max() / b.abs().max()).item<double>();
}

TEST_P(DepthwiseConv, AgreesWithLibTorchInFloat64) {
  const auto want = expected();
  const auto have = found(torch::kFloat32);
  for (std::size_t i = 0; i < want.size(); ++i) {
    ASSERT_EQ(have[i].sizes(), want[i].sizes());
    EXPECT_LT(largest_error(have[i], want[i]), 2e-6) << i;
  }
}

TEST_P(DepthwiseConv, TakesBfloat16) {
  x_ = x_.to(torch::kBFloat16).to(torch::kFloat32);
  const auto want = expected();
  const auto have = found(torch::kBFloat16);
  EXPECT_EQ(have[0].scalar_type(), torch::kBFloat16);
  EXPECT_EQ(have[2].scalar_type(), torch::kFloat32);
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_LT(largest_error(have[i], want[i]), 8e-3) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, DepthwiseConv,
                         testing::Values(Shape{32, 9, 13, 3, 1}, Shape{48, 8, 12, 3, 2},
                                         Shape{40, 7, 6, 5, 1}, Shape{16, 16, 8, 5, 2},
                                         Shape{5, 3, 3, 5, 1}, Shape{100, 2, 2, 5, 2},
                                         Shape{64, 1, 1, 3, 1}, Shape{33, 4, 31, 3, 2}));

TEST(DepthwiseConv, LeavesInferenceTracesAndOtherLayoutsToLibTorch) {
  const auto x = torch::randn({1, 16, 8, 8}).contiguous(channels_last);
  const auto weight = torch::randn({16, 1, 3, 3});
  EXPECT_TRUE(depthwise_conv2d_fits(x, weight));
  EXPECT_FALSE(depthwise_conv2d_fits(x.contiguous(), weight));
  EXPECT_FALSE(depthwise_conv2d_fits(x.to(torch::kFloat64), weight));
  EXPECT_FALSE(depthwise_conv2d_fits(x, torch::randn({16, 1, 7, 7})));
  const torch::NoGradGuard no_grad;
  EXPECT_FALSE(depthwise_conv2d_fits(x, weight));
}

}  // namespace
}  // namespace bcnet::nn
