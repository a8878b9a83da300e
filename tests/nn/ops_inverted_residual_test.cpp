#include "nn/ops/inverted_residual.h"

#include <gtest/gtest.h>

#include <tuple>

#include "nn/norms.h"
#include "nn/ops/batch_norm_act.h"

namespace bcnet::nn {
namespace {

using test::channels_last;

/// channels in, hidden (the same: no expansion), out; height, width, kernel, stride
using BlockCase = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                             std::int64_t, std::int64_t>;

/// A block with its weights and norms.
struct Parts {
  explicit Parts(const BlockCase& shape) {
    const auto [in, hidden, out, height, width, kernel, stride] = shape;
    torch::manual_seed(3);
    x = (torch::randn({3, in, height, width}) * 2 + 1).contiguous(channels_last);
    block.options.stride = stride;
    block.options.pad_before = (kernel - stride) / 2;
    block.options.pad_after = kernel - stride - block.options.pad_before;
    block.activation = relu6;
    if (hidden != in) {
      block.expand = torch::randn({hidden, in, 1, 1}) * 0.5;
      before = test::random_norm(hidden, 1);
      block.before = &before;
    }
    block.depthwise = torch::randn({hidden, 1, kernel, kernel});
    after = test::random_norm(hidden, 2);
    block.after = &after;
    block.project = torch::randn({out, hidden, 1, 1});
  }
  void to(torch::ScalarType type) {
    for (auto* tensor : {&x, &block.expand, &block.depthwise, &block.project}) {
      *tensor = tensor->defined() ? tensor->to(type).detach().requires_grad_() : *tensor;
    }
    after->to(type);
    if (block.before != nullptr) {
      before->to(type);
    }
  }
  /// What a loss of y changes: gradients, and what the norms learned.
  std::vector<torch::Tensor> learned(const torch::Tensor& y) {
    torch::manual_seed(9);
    (y * torch::randn(y.sizes()).to(y.scalar_type())).sum().backward();
    std::vector<torch::Tensor> all{
        y.detach(),           x.grad(),           block.depthwise.grad(), block.project.grad(),
        after->weight.grad(), after->bias.grad(), after->running_mean,    after->running_var};
    if (block.before != nullptr) {
      all.insert(all.end(), {block.expand.grad(), before->weight.grad(), before->bias.grad(),
                             before->running_mean, before->running_var});
    }
    return all;
  }
  torch::Tensor x;
  torch::nn::BatchNorm2d before{nullptr}, after{nullptr};
  InvertedResidual block;
};

torch::Tensor by_libtorch(Parts& parts) {
  auto& block = parts.block;
  auto y = parts.x;
  if (block.before != nullptr) {
    y = torch::relu6(parts.before(torch::conv2d(y, block.expand)));
  }
  const auto [first, last] = std::pair(block.options.pad_before, block.options.pad_after);
  y = torch::conv2d(torch::constant_pad_nd(y, {first, last, first, last}), block.depthwise, {},
                    at::IntArrayRef(block.options.stride), at::IntArrayRef(0), at::IntArrayRef(1),
                    y.size(1));
  return torch::conv2d(torch::relu6(parts.after(y)), block.project);
}

class InvertedResidualBlock : public testing::TestWithParam<BlockCase> {};

TEST_P(InvertedResidualBlock, AgreesWithLibTorchInFloat64) {
  Parts exact(GetParam());
  exact.to(torch::kFloat64);
  const auto want = exact.learned(by_libtorch(exact));
  Parts parts(GetParam());
  parts.to(torch::kFloat32);
  ASSERT_TRUE(inverted_residual_fits(parts.x, parts.block));
  const auto have = parts.learned(inverted_residual(parts.x, parts.block));
  ASSERT_EQ(have.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    ASSERT_EQ(have[i].sizes(), want[i].sizes()) << i;
    const auto error = (have[i].to(torch::kFloat64) - want[i]).norm() / want[i].norm();
    EXPECT_LT(error.item<double>(), 2e-4) << i;
  }
}

TEST_P(InvertedResidualBlock, IsTheSameWhateverTheNumberOfThreads) {
  const int threads = at::get_num_threads();
  std::vector<std::vector<torch::Tensor>> found;
  for (const int n : {1, 3}) {
    at::set_num_threads(n);
    Parts parts(GetParam());
    parts.to(torch::kFloat32);
    found.push_back(parts.learned(inverted_residual(parts.x, parts.block)));
  }
  at::set_num_threads(threads);
  for (std::size_t i = 0; i < found[0].size(); ++i) {
    EXPECT_TRUE(found[0][i].equal(found[1][i])) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, InvertedResidualBlock,
                         testing::Values(BlockCase{16, 96, 24, 16, 12, 3, 2},
                                         BlockCase{24, 144, 24, 11, 9, 3, 1},
                                         BlockCase{32, 32, 16, 20, 20, 3, 1},
                                         BlockCase{88, 528, 120, 7, 7, 5, 1},
                                         BlockCase{40, 240, 40, 26, 26, 5, 2}));

TEST(InvertedResidual, LeavesWhatItDoesNotFitToOthers) {
  Parts parts(BlockCase{16, 96, 24, 8, 8, 3, 1});
  parts.to(torch::kFloat32);
  parts.after->eval();
  EXPECT_FALSE(inverted_residual_fits(parts.x, parts.block));
  parts.after->train();
  EXPECT_FALSE(inverted_residual_fits(parts.x.to(torch::kBFloat16), parts.block));
  parts.block.project = torch::randn({20, 96, 1, 1});
  EXPECT_FALSE(inverted_residual_fits(parts.x, parts.block));
}

}  // namespace
}  // namespace bcnet::nn
