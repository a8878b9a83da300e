#include "nn/ops/pointwise_conv.h"

#include <gtest/gtest.h>

#include <tuple>

#include "nn/norms.h"
#include "nn/ops/conv.h"
#include "nn/ops/kernel_choice.h"

namespace bcnet::nn {
namespace {

using test::channels_last;

double relative_error(const torch::Tensor& have, const torch::Tensor& want) {
  return ((have.to(torch::kFloat64) - want).norm() / want.norm()).item<double>();
}

/// channels in, channels out, height, width
using PointwiseCase = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

class PointwiseConv : public testing::TestWithParam<PointwiseCase> {};

// LibTorch's own convolution in float64.
TEST_P(PointwiseConv, AgreesWithLibTorchInFloat64) {
  const auto [in, out, height, width] = GetParam();
  torch::manual_seed(2);
  const auto x = torch::randn({3, in, height, width}).contiguous(channels_last).requires_grad_();
  const auto weight = torch::randn({out, in, 1, 1}).requires_grad_();
  ASSERT_TRUE(pointwise_conv2d_fits(x, weight));
  const auto y = pointwise_conv2d(x, weight);
  const auto gradient = torch::randn(y.sizes()).contiguous(channels_last);
  const auto have = torch::autograd::grad({y}, {x, weight}, {gradient});

  const auto x64 = x.detach().to(torch::kFloat64).requires_grad_();
  const auto weight64 = weight.detach().to(torch::kFloat64).requires_grad_();
  const auto y64 = torch::conv2d(x64, weight64);
  const auto want = torch::autograd::grad({y64}, {x64, weight64}, {gradient.to(torch::kFloat64)});
  EXPECT_LT(relative_error(y.detach(), y64.detach()), 1e-6);
  EXPECT_LT(relative_error(have[0], want[0]), 1e-6);
  EXPECT_LT(relative_error(have[1], want[1]), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Shapes, PointwiseConv,
                         testing::Values(PointwiseCase{16, 96, 9, 13}, PointwiseCase{24, 8, 20, 20},
                                         PointwiseCase{88, 40, 3, 3}, PointwiseCase{8, 8, 1, 1},
                                         PointwiseCase{528, 88, 11, 7},
                                         PointwiseCase{24, 144, 30, 33}));

TEST(PointwiseConvKernels, AreRightInEveryInstructionSet) {
  torch::manual_seed(6);
  const auto data = [](const torch::Tensor& t) { return t.data_ptr<float>(); };
  for (const auto& [name, kernels] : available_kernels()) {
    const auto& k = kernels->pointwise;
    for (const auto& [rows, inner, outer] :
         {std::tuple{192, 300, 88}, {7, 24, 40}, {13, 8, 16}, {1, 260, 8}}) {
      const auto x = torch::randn({rows, inner});
      const auto w = torch::randn({inner, outer});
      const auto packed = torch::empty({pointwise_packed(inner, outer)});
      k.pack(inner, outer, data(w), outer, 1, data(packed));
      const auto y = torch::empty({rows, outer});
      k.multiply(rows, inner, outer, data(x), data(packed), data(y));
      const auto want = x.to(torch::kFloat64).matmul(w.to(torch::kFloat64));
      EXPECT_LT(relative_error(y, want), 1e-6) << name << " " << rows << " " << inner;

      const auto start = torch::randn({inner, outer});
      const auto sum = start.clone();
      k.add_products(rows, inner, outer, data(x), data(y), data(sum));
      const auto products =
          start.to(torch::kFloat64) + x.t().to(torch::kFloat64).matmul(y.to(torch::kFloat64));
      EXPECT_LT(relative_error(sum, products), 1e-6) << name << " " << rows << " " << inner;
    }
  }
}

TEST(PointwiseConv2d, LeavesWhatItDoesNotFitToLibTorch) {
  const auto x = torch::randn({1, 16, 8, 8}).contiguous(channels_last);
  const auto weight = torch::randn({8, 16, 1, 1});
  EXPECT_FALSE(pointwise_conv2d_fits(x, torch::randn({8, 16, 3, 3})));
  EXPECT_FALSE(pointwise_conv2d_fits(x, torch::randn({1, 16, 1, 1})));
  EXPECT_FALSE(pointwise_conv2d_fits(x.to(torch::kBFloat16), weight));
  EXPECT_FALSE(pointwise_conv2d_fits(x.contiguous(), weight));
  {
    const torch::NoGradGuard no_grad;
    EXPECT_FALSE(pointwise_conv2d_fits(x, weight));
  }
  // Stride, padding and bias are not its.
  for (const auto& options : {torch::nn::Conv2dOptions(16, 8, 1).stride(2).bias(false),
                              torch::nn::Conv2dOptions(16, 8, 1).padding(1).bias(false),
                              torch::nn::Conv2dOptions(16, 8, 1)}) {
    Conv2d ours(options);
    torch::nn::Conv2d theirs(options);
    const torch::NoGradGuard no_grad;
    theirs->weight.copy_(ours->weight);
    if (ours->bias.defined()) {
      theirs->bias.copy_(ours->bias);
    }
    const torch::AutoGradMode gradients(true);
    EXPECT_TRUE(ours(x).allclose(theirs(x), 1e-5, 1e-5));
  }
}

}  // namespace
}  // namespace bcnet::nn
