#include "nn/ops/batch_norm_act.h"

#include <gtest/gtest.h>

#include <tuple>

#include "nn/norms.h"

namespace bcnet::nn {
namespace {

using test::channels_last;

torch::nn::BatchNorm2d norm_of(std::int64_t channels, torch::ScalarType type) {
  auto norm = test::random_norm(channels, 7);
  norm->to(type);
  return norm;
}

torch::Tensor clamp_to(const torch::Tensor& x, const Activation& activation) {
  return std::isfinite(activation.high)  ? torch::hardtanh(x, activation.low, activation.high)
         : std::isfinite(activation.low) ? torch::relu(x)
                                         : x;
}

/// channels, height, width, activation
using NormCase = std::tuple<std::int64_t, std::int64_t, std::int64_t, Activation>;

class BatchNormAct : public testing::TestWithParam<NormCase> {
 protected:
  /// Result, running statistics and the gradients of x, weight and bias. in: as LibTorch has
  /// them in float64, or as batch_norm_act has them.
  static std::vector<torch::Tensor> run(torch::nn::BatchNorm2d bn, const torch::Tensor& in,
                                        const torch::Tensor& gradient, bool ours) {
    const auto& activation = std::get<3>(GetParam());
    const auto x = in.detach().clone(channels_last).set_requires_grad(true);
    const auto y = ours ? batch_norm_act(bn, x, activation) : clamp_to(bn(x), activation);
    const auto gradients =
        torch::autograd::grad({y}, {x, bn->weight, bn->bias}, {gradient.to(y.scalar_type())});
    return {y.detach(),   bn->running_mean, bn->running_var,
            gradients[0], gradients[1],     gradients[2]};
  }

  static void expect_agreement(torch::ScalarType type, double tolerance) {
    const auto [channels, height, width, activation] = GetParam();
    torch::manual_seed(11);
    const auto scale = torch::rand({channels, 1, 1}) * 3;
    const auto in = (torch::randn({4, channels, height, width}) * scale + scale).to(type);
    const auto gradient = torch::randn_like(in, torch::kFloat32).to(type);
    const auto want = run(norm_of(channels, torch::kFloat64), in.to(torch::kFloat64),
                          gradient.to(torch::kFloat64), false);
    const auto have = run(norm_of(channels, torch::kFloat32), in, gradient, true);
    for (std::size_t i = 0; i < want.size(); ++i) {
      ASSERT_EQ(have[i].sizes(), want[i].sizes());
      const auto error = (have[i].to(torch::kFloat64) - want[i]).norm() / want[i].norm();
      EXPECT_LT(error.item<double>(), tolerance) << i;
    }
  }
};

TEST_P(BatchNormAct, AgreesWithLibTorchInFloat64) { expect_agreement(torch::kFloat32, 5e-5); }

TEST_P(BatchNormAct, TakesBfloat16) { expect_agreement(torch::kBFloat16, 2e-2); }

INSTANTIATE_TEST_SUITE_P(Cases, BatchNormAct,
                         testing::Values(NormCase{32, 9, 13, relu6}, NormCase{24, 8, 8, relu},
                                         NormCase{5, 3, 3, relu6},
                                         NormCase{48, 40, 40, no_activation},
                                         NormCase{100, 2, 2, relu}));

TEST(BatchNormAct, CountsItsBatchesAndLeavesEvaluationToLibTorch) {
  auto bn = norm_of(16, torch::kFloat32);
  const auto x = torch::randn({2, 16, 4, 4}).contiguous(channels_last);
  batch_norm_act(bn, x, relu6);
  EXPECT_EQ(bn->num_batches_tracked.item<std::int64_t>(), 1);
  const auto mean = bn->running_mean.clone();
  bn->eval();
  EXPECT_TRUE(batch_norm_act(bn, x, relu6).equal(torch::clamp(bn(x), 0, 6)));
  EXPECT_TRUE(bn->running_mean.equal(mean));
}

TEST(BatchNormAct, IsTheSameWhateverTheNumberOfThreads) {
  const auto x = torch::randn({2, 24, 30, 30}).contiguous(channels_last);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  auto bn1 = norm_of(24, torch::kFloat32);
  const auto one = batch_norm_act(bn1, x, relu6);
  at::set_num_threads(3);
  auto bn3 = norm_of(24, torch::kFloat32);
  const auto three = batch_norm_act(bn3, x, relu6);
  at::set_num_threads(threads);
  EXPECT_TRUE(one.equal(three));
}

}  // namespace
}  // namespace bcnet::nn
