#include "nn/backbones/blocks.h"

#include <gtest/gtest.h>

namespace bcnet::nn {
namespace {

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
