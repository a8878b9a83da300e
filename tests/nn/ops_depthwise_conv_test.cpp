#include "nn/ops/depthwise_conv.h"

#include <gtest/gtest.h>

#include <tuple>

#include "nn/norms.h"
#include "nn/ops/batch_norm_act.h"

namespace bcnet::nn {
namespace {

using test::channels_last;

/// channels, height, width, kernel, stride
using DepthwiseCase =
    std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

class DepthwiseConv : public testing::TestWithParam<DepthwiseCase> {
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

INSTANTIATE_TEST_SUITE_P(
    Shapes, DepthwiseConv,
    testing::Values(DepthwiseCase{32, 9, 13, 3, 1}, DepthwiseCase{48, 8, 12, 3, 2},
                    DepthwiseCase{40, 7, 6, 5, 1}, DepthwiseCase{16, 16, 8, 5, 2},
                    DepthwiseCase{5, 3, 3, 5, 1}, DepthwiseCase{100, 2, 2, 5, 2},
                    DepthwiseCase{64, 1, 1, 3, 1}, DepthwiseCase{33, 4, 31, 3, 2}));

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

/// The convolution of DepthwiseConv with a batch norm and ReLU6 behind it, and with one before it
/// where that is asked for.
class NormDepthwiseNorm : public DepthwiseConv {
 protected:
  /// Result, gradients of x, the weight, both batch norms' weights and biases, and both's running
  /// statistics: of LibTorch's operators in float64, or of the one operator.
  std::vector<torch::Tensor> run(torch::ScalarType type, bool with_before, bool ours) {
    auto before = test::random_norm(x_.size(1), 1);
    auto after = test::random_norm(x_.size(1), 2);
    auto weight = weight_.detach().clone();
    if (!ours) {
      before->to(torch::kFloat64);
      after->to(torch::kFloat64);
      weight = weight.to(torch::kFloat64);
    }
    weight.set_requires_grad(true);
    const auto x = x_.to(type).detach().clone(channels_last).set_requires_grad(true);
    torch::Tensor y;
    if (ours) {
      y = norm_depthwise_norm(x, with_before ? &before : nullptr, weight, options_, after, relu6);
    } else {
      const auto read = with_before ? torch::relu6(before(x)) : x;
      const auto [first, last] = std::pair(options_.pad_before, options_.pad_after);
      y = torch::relu6(after(torch::conv2d(torch::constant_pad_nd(read, {first, last, first, last}),
                                           weight, {}, at::IntArrayRef(options_.stride),
                                           at::IntArrayRef(0), at::IntArrayRef(1), x.size(1))));
    }
    torch::manual_seed(9);
    const auto gradient = torch::randn(y.sizes()).to(type).contiguous(channels_last);
    (y * gradient).sum().backward();
    std::vector<torch::Tensor> all{y.detach(),           x.grad(),           weight.grad(),
                                   after->weight.grad(), after->bias.grad(), after->running_mean,
                                   after->running_var};
    if (with_before) {
      all.insert(all.end(), {before->weight.grad(), before->bias.grad(), before->running_mean,
                             before->running_var});
      EXPECT_EQ(before->num_batches_tracked.item<std::int64_t>(), 1);
    }
    EXPECT_EQ(after->num_batches_tracked.item<std::int64_t>(), 1);
    return all;
  }

  void expect_agreement(torch::ScalarType type, double tolerance) {
    x_ = (x_ * 2 + 1).to(type).to(torch::kFloat32);
    for (const bool with_before : {true, false}) {
      const auto want = run(torch::kFloat64, with_before, false);
      const auto have = run(type, with_before, true);
      ASSERT_EQ(have.size(), want.size());
      for (std::size_t i = 0; i < want.size(); ++i) {
        ASSERT_EQ(have[i].sizes(), want[i].sizes());
        const auto error = (have[i].to(torch::kFloat64) - want[i]).norm() / want[i].norm();
        EXPECT_LT(error.item<double>(), tolerance) << i << (with_before ? " with before" : "");
      }
    }
  }
};

TEST_P(NormDepthwiseNorm, AgreesWithLibTorchInFloat64) { expect_agreement(torch::kFloat32, 2e-4); }

TEST_P(NormDepthwiseNorm, TakesBfloat16) { expect_agreement(torch::kBFloat16, 8e-2); }

INSTANTIATE_TEST_SUITE_P(
    Shapes, NormDepthwiseNorm,
    testing::Values(DepthwiseCase{32, 9, 13, 3, 1}, DepthwiseCase{48, 8, 12, 3, 2},
                    DepthwiseCase{40, 27, 6, 5, 1}, DepthwiseCase{16, 16, 8, 5, 2},
                    DepthwiseCase{5, 30, 11, 5, 1}, DepthwiseCase{33, 4, 31, 3, 2}));

TEST(NormDepthwiseNorm, IsTheSameWhateverTheNumberOfThreads) {
  const int threads = at::get_num_threads();
  std::vector<torch::Tensor> gradients;
  for (const int n : {1, 3}) {
    at::set_num_threads(n);
    torch::manual_seed(4);
    auto x = torch::randn({2, 24, 60, 20}).contiguous(channels_last).set_requires_grad(true);
    const auto weight = torch::randn({24, 1, 3, 3}).set_requires_grad(true);
    torch::nn::BatchNorm2d before(24);
    torch::nn::BatchNorm2d after(24);
    norm_depthwise_norm(x, &before, weight, {1, 1, 1}, after, relu6).square().sum().backward();
    gradients.push_back(x.grad());
    gradients.push_back(weight.grad());
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(gradients[0].equal(gradients[2]));
  EXPECT_TRUE(gradients[1].equal(gradients[3]));
}

}  // namespace
}  // namespace bcnet::nn
