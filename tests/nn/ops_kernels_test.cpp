#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nn/ops/kernel_choice.h"
#include "support/error_of.h"

namespace bcnet::nn {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// What a CPU with AVX-512 has.
const std::vector<NamedKernels> three{
    {"baseline", nullptr}, {"avx2", nullptr}, {"avx512", nullptr}};

TEST(KernelChoice, TakesTheBestThatLibTorchsOwnKernelsMayBe) {
  const auto chosen = [](const char* capability) {
    return choose_kernels(three, nullptr, capability).name;
  };
  EXPECT_EQ(chosen(nullptr), "avx512");
  EXPECT_EQ(chosen(""), "avx512");
  EXPECT_EQ(chosen("avx512"), "avx512");
  EXPECT_EQ(chosen("avx2"), "avx2");
  EXPECT_EQ(chosen("default"), "baseline");
  EXPECT_EQ(chosen("sse9"), "avx512");  // LibTorch ignores it
}

TEST(KernelChoice, TakesWhatIsNamed) {
  EXPECT_EQ(choose_kernels(three, "baseline", nullptr).name, "baseline");
  EXPECT_EQ(choose_kernels(three, "avx512", "avx2").name, "avx512");
  EXPECT_EQ(choose_kernels(three, "", "avx2").name, "avx2");
}

TEST(KernelChoice, RefusesWhatIsNotThere) {
  const auto message = [](const char* wanted) {
    return test::error_of(ErrorKind::usage, [&] { choose_kernels(three, wanted, nullptr); });
  };
  EXPECT_THAT(message("avx512bf16"),
              AllOf(HasSubstr("BCNET_KERNELS"), HasSubstr("'avx512bf16'"), HasSubstr("lacks"),
                    HasSubstr("baseline, avx2, avx512")));
  EXPECT_THAT(message("AVX2"), AllOf(HasSubstr("'AVX2'"), HasSubstr("which is none"),
                                     HasSubstr("baseline, avx2, avx512")));
}

TEST(KernelChoice, HasABaselineEverywhere) {
  EXPECT_EQ(available_kernels().front().name, "baseline");
}

// The operators' own tests run on the best instruction set; these compare the others with it.

struct Buffers {
  torch::Tensor y, grad_x, grad_w;
};

template <typename T>
Buffers run_depthwise(const TypedKernels<T>& k, const DepthwiseShape& s, torch::ScalarType type) {
  torch::manual_seed(3);
  const auto x = torch::randn({s.height, s.width, s.channels}).to(type);
  const auto grad_y = torch::randn({s.out_height, s.out_width, s.channels}).to(type);
  const auto w = torch::randn({s.kernel * s.kernel, s.channels});
  Buffers out{torch::empty_like(grad_y), torch::empty_like(x), torch::empty_like(w)};
  std::vector<float> scratch(static_cast<std::size_t>(depthwise_scratch(s)));
  const auto data = [](const torch::Tensor& t) { return static_cast<T*>(t.data_ptr()); };
  k.depthwise_forward(s, 0, s.out_height, data(x), {}, w.data_ptr<float>(), data(out.y), {},
                      scratch.data());
  k.depthwise_backward(s, 0, s.height, data(x), {}, w.data_ptr<float>(), nullptr, data(grad_y), {},
                       data(out.grad_x), {}, out.grad_w.data_ptr<float>(), scratch.data());
  return out;
}

TEST(Kernels, EveryInstructionSetConvolvesAlike) {
  const DepthwiseShape shape{40, 12, 10, 6, 5, 5, 2, 1, 1};
  const auto all = available_kernels();
  const auto best = run_depthwise(all.back().kernels->f32, shape, torch::kFloat32);
  const auto best16 = run_depthwise(all.back().kernels->bf16, shape, torch::kBFloat16);
  for (const auto& [name, kernels] : all) {
    const auto have = run_depthwise(kernels->f32, shape, torch::kFloat32);
    EXPECT_TRUE(have.y.allclose(best.y, 1e-5, 1e-5)) << name;
    EXPECT_TRUE(have.grad_x.allclose(best.grad_x, 1e-5, 1e-5)) << name;
    EXPECT_TRUE(have.grad_w.allclose(best.grad_w, 1e-5, 1e-5)) << name;
    const auto have16 = run_depthwise(kernels->bf16, shape, torch::kBFloat16);
    EXPECT_TRUE(have16.y.to(torch::kFloat32).allclose(best16.y.to(torch::kFloat32), 1e-2, 1e-2))
        << name;
  }
}

TEST(Kernels, EveryInstructionSetRoundsBfloat16AsLibTorchDoes) {
  // Channels beyond a whole register go through other code.
  const auto x = torch::cat(
      {torch::randn({5, 20}) * 100,
       torch::tensor({0.0F,        -0.0F,       INFINITY, -INFINITY, NAN,   1e-40F, 3e38F,
                      1.00390625F, 1.01171875F, 65535.0F, 1.0F,      -1.0F, 2.0F,   3.0F,
                      5.0F,        6.0F,        7.0F,     8.0F,      9.0F,  10.0F})
           .view({1, 20})});
  const auto want = x.to(torch::kBFloat16);
  const NormShape shape{20, -INFINITY, INFINITY};
  const auto ones = torch::ones({20});
  const auto zeros = torch::zeros({20});
  for (const auto& [name, kernels] : available_kernels()) {
    // bfloat16 in, so the values are exact; the sum with a float offset is what gets rounded.
    const auto offset = torch::randn({20});
    const auto expected = (want.to(torch::kFloat32) + offset).to(torch::kBFloat16);
    auto y = torch::empty_like(want);
    kernels->bf16.norm_apply(shape, 6, static_cast<const std::uint16_t*>(want.data_ptr()),
                             ones.data_ptr<float>(), offset.data_ptr<float>(),
                             static_cast<std::uint16_t*>(y.data_ptr()));
    EXPECT_TRUE(y.to(torch::kFloat32).allclose(expected.to(torch::kFloat32), 0, 0, true)) << name;
  }
}

TEST(Kernels, EveryInstructionSetNormalisesAlike) {
  const auto x = torch::randn({37, 24});
  const auto gradient = torch::randn({37, 24});
  const auto a = torch::rand({24}) + 0.5;
  const auto b = torch::randn({24});
  const NormShape shape{24, 0.0F, 6.0F};
  const auto z = x * a + b;
  const auto g = gradient * (z.gt(0) & z.lt(6));
  for (const auto& [name, kernels] : available_kernels()) {
    const auto& k = kernels->f32;
    auto sums = torch::zeros({4, 24});
    const auto row = [&](int i) { return sums[i].data_ptr<float>(); };
    k.norm_sums(shape, 37, x.data_ptr<float>(), b.data_ptr<float>(), row(0), row(1));
    k.norm_backward_sums(shape, 37, x.data_ptr<float>(), gradient.data_ptr<float>(),
                         a.data_ptr<float>(), b.data_ptr<float>(), b.data_ptr<float>(), row(2),
                         row(3));
    EXPECT_TRUE(sums[0].allclose((x - b).sum(0), 1e-4, 1e-4)) << name;
    EXPECT_TRUE(sums[1].allclose((x - b).square().sum(0), 1e-4, 1e-4)) << name;
    EXPECT_TRUE(sums[2].allclose(g.sum(0), 1e-4, 1e-4)) << name;
    EXPECT_TRUE(sums[3].allclose((g * (x - b)).sum(0), 1e-4, 1e-4)) << name;
    auto out = torch::empty_like(x);
    k.norm_backward_apply(shape, 37, x.data_ptr<float>(), gradient.data_ptr<float>(),
                          a.data_ptr<float>(), b.data_ptr<float>(), a.data_ptr<float>(),
                          b.data_ptr<float>(), out.data_ptr<float>());
    EXPECT_TRUE(out.allclose(g * a + x * a + b, 1e-5, 1e-5)) << name;
  }
}

}  // namespace
}  // namespace bcnet::nn
