#include "nn/backbones/blocks.h"

#include <gtest/gtest.h>

namespace bcnet::nn {
namespace {

torch::Tensor gradient_of(const torch::Tensor& y, const torch::Tensor& x) {
  return torch::autograd::grad({y.to(torch::kFloat32).sum()}, {x})[0];
}

TEST(ClampRelu6, HasTheValuesAndGradientOfRelu6) {
  const auto x = torch::linspace(-3, 9, 1001).set_requires_grad(true);
  const auto y = clamp_relu6(x * 1);
  const auto expected = torch::relu6(x * 1);
  EXPECT_TRUE(y.equal(expected));
  EXPECT_TRUE(gradient_of(y, x).equal(gradient_of(expected, x)));
}

TEST(ClampRelu6, LearnsInBfloat16) {
  // LibTorch 1.13 has no such gradient of its own.
  const auto x = torch::linspace(-3, 9, 1001).set_requires_grad(true);
  const auto gradient = gradient_of(clamp_relu6(x.to(torch::kBFloat16)), x);
  const auto rounded = x.detach().to(torch::kBFloat16);
  EXPECT_TRUE(gradient.equal((rounded.gt(0) & rounded.lt(6)).to(torch::kFloat32)));
}

TEST(ClampRelu6, LeavesItsInputAloneWithoutGradients) {
  const auto x = torch::tensor({-1.0F, 3.0F, 7.0F});
  EXPECT_TRUE(clamp_relu6(x).equal(torch::tensor({0.0F, 3.0F, 6.0F})));
  EXPECT_TRUE(x.equal(torch::tensor({-1.0F, 3.0F, 7.0F})));
}

TEST(DropPath, LeavesOutWholeImagesAndKeepsTheMean) {
  torch::manual_seed(3);
  const auto y = drop_path(torch::ones({4000, 2, 1, 3}), 0.25, true).view({4000, 6});
  const auto sums = y.sum(1);
  const auto kept = sums.gt(0);
  EXPECT_TRUE(sums.masked_select(kept).sub(8).abs().lt(1e-5).all().item<bool>());
  EXPECT_NEAR(kept.to(torch::kFloat32).mean().item<double>(), 0.75, 0.03);
}

TEST(DropPath, IsTheBranchItselfOutsideTraining) {
  const auto x = torch::ones({4, 1, 1, 1});
  EXPECT_TRUE(drop_path(x, 0.5, false).is_same(x));
  EXPECT_TRUE(drop_path(x, 0.0, true).is_same(x));
}

TEST(InitConv, GivesADepthwiseKernelTheVarianceOfItsFanOut) {
  torch::manual_seed(3);
  torch::nn::Conv2d depthwise(torch::nn::Conv2dOptions(512, 512, 3).groups(512).bias(false));
  init_conv(*depthwise);
  EXPECT_NEAR(depthwise->weight.var().item<double>(), 2.0 / 9, 0.02);
}

}  // namespace
}  // namespace bcnet::nn
