#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.h"
#include "export/agreement.h"

namespace bcnet::onnx {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using torch::Tensor;

/// conv → norm → relu, and what else a test puts around it.
struct BlockImpl : torch::nn::Module {
  explicit BlockImpl(bool bias) {
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 4, 3).bias(bias)));
    norm = register_module("norm", torch::nn::BatchNorm2d(4));
    torch::manual_seed(3);
    const torch::NoGradGuard no_grad;
    for (auto& parameter : parameters()) {
      parameter.normal_();
    }
    norm->running_mean.normal_();
    norm->running_var.uniform_(0.1, 4.0);
    eval();
  }
  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d norm{nullptr};
};
TORCH_MODULE(Block);

Tensor image() {
  torch::manual_seed(5);
  return torch::randn({1, 3, 32, 64});
}

Model build(const Block& block, const Forward& forward, ExportOptions options = {}) {
  return build_model(*block, forward, {1, 32, 64}, 3, options);
}

TEST(FoldBatchNorm, LeavesConvolutionAndActivation) {
  for (const bool bias : {false, true}) {
    Block block(bias);
    const auto forward = [&](const Tensor& x) { return block->norm(block->conv(x)).relu(); };
    const auto model = build(block, forward);
    EXPECT_THAT(test::operators(model), ElementsAre("Conv", "Relu"));
    EXPECT_EQ(model.nodes[0].name, "conv/Conv");
    test::expect_agreement(*block, forward, image(), 2e-5);
  }
}

TEST(FoldBatchNorm, LeavesANormWhoseConvolutionHasAnotherReader) {
  Block block(true);
  const auto forward = [&](const Tensor& x) {
    const auto y = block->conv(x);
    return block->norm(y) + y;
  };
  EXPECT_THAT(test::operators(build(block, forward)),
              ElementsAre("Conv", "BatchNormalization", "Add"));
  test::expect_agreement(*block, forward, image(), 2e-5);
}

TEST(FoldBatchNorm, LeavesASharedWeightToItsOtherReader) {
  Block block(false);
  const auto forward = [&](const Tensor& x) {
    return block->norm(block->conv(x)) + block->conv(x.relu());
  };
  // C++ leaves open which operand runs first.
  EXPECT_THAT(test::operators(build(block, forward)),
              testing::UnorderedElementsAre("Conv", "Relu", "Conv", "Add"));
  test::expect_agreement(*block, forward, image(), 2e-5);
}

TEST(FoldPadding, GoesIntoTheConvolution) {
  Block block(false);
  const auto forward = [&](const Tensor& x) {
    return block->norm(block->conv(torch::constant_pad_nd(x, {0, 1, 2, 0}, 0))).clamp(0, 6);
  };
  const auto model = build(block, forward);
  EXPECT_THAT(test::operators(model), ElementsAre("Conv", "Clip"));
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(model.nodes[0].attributes.at("pads")),
            (std::vector<std::int64_t>{2, 0, 0, 1}));
  test::expect_agreement(*block, forward, image(), 2e-5);
}

TEST(FoldPadding, LeavesOtherValuesAndReaders) {
  Block block(false);
  const auto ones = [&](const Tensor& x) {
    return block->conv(torch::constant_pad_nd(x, {0, 1, 2, 0}, 1));
  };
  EXPECT_THAT(test::operators(build(block, ones)), ElementsAre("Pad", "Conv"));
  const auto pooled = [&](const Tensor& x) {
    return torch::max_pool2d(torch::constant_pad_nd(x, {0, 1, 2, 0}, 0), 3);
  };
  EXPECT_THAT(test::operators(build(block, pooled)), ElementsAre("Pad", "MaxPool"));
  test::expect_agreement(*block, pooled, image());
}

/// One channel of x, made s times larger.
Tensor enlarged(const Tensor& x, double factor) {
  const auto times = [&](std::int64_t size) {
    return static_cast<std::int64_t>(factor * static_cast<double>(size));
  };
  return torch::upsample_bilinear2d(x.narrow(1, 0, 1), {times(x.size(2)), times(x.size(3))},
                                    /*align_corners=*/false);
}

TEST(PolyphaseUpsampling, GivesTheSameOutput) {
  Block block(false);
  for (const double factor : {2.0, 4.0}) {
    const auto forward = [&](const Tensor& x) { return enlarged(block->conv(x), factor); };
    EXPECT_THAT(test::operators(build(block, forward)),
                ElementsAre("Conv", "Slice", "Pad", "Conv", "DepthToSpace"));
    test::expect_agreement(*block, forward, image(), 2e-5);
  }
}

TEST(PolyphaseUpsampling, LeavesOtherFactorsChannelsAndReaders) {
  Block block(false);
  const auto odd = [&](const Tensor& x) { return enlarged(block->conv(x), 1.5); };
  EXPECT_THAT(test::operators(build(block, odd)), testing::Contains("Resize"));
  const auto wide = [&](const Tensor& x) {
    return torch::upsample_bilinear2d(block->conv(x), {60, 124}, /*align_corners=*/false);
  };
  EXPECT_THAT(test::operators(build(block, wide)), ElementsAre("Conv", "Resize"));
  const auto inner = [&](const Tensor& x) { return enlarged(block->conv(x), 2.0).relu(); };
  EXPECT_THAT(test::operators(build(block, inner)), testing::Contains("Resize"));
}

TEST(RemoveUnused, DropsBranchesThatReachNoOutput) {
  Block block(true);
  const auto forward = [&](const Tensor& x) {
    const auto ignored = torch::sigmoid(block->norm(block->conv(x)));
    return x.relu();
  };
  const auto model = build(block, forward);
  EXPECT_THAT(test::operators(model), ElementsAre("Relu"));
  EXPECT_TRUE(model.initializers.empty());
}

TEST(HalfWeights, AreInitializersWithACast) {
  Block block(false);
  const auto forward = [&](const Tensor& x) { return block->norm(block->conv(x)).relu(); };
  ExportOptions options;
  options.weights = WeightType::f16;
  const auto model = build(block, forward, options);
  EXPECT_THAT(test::operators(model), ElementsAre("Cast", "Conv", "Relu"));
  EXPECT_EQ(model.initializers.at("conv/Conv:weight").type, DataType::float16);
  EXPECT_EQ(model.initializers.at("conv/Conv:weight").bytes.size(), 2U * 4 * 3 * 3 * 3);
  EXPECT_EQ(model.initializers.at("conv/Conv:bias").type, DataType::float32);
  const torch::NoGradGuard no_grad;
  const auto expected = forward(image());
  const auto difference = (test::run_in_openvino(model, image()) - expected).abs().max();
  EXPECT_LE(difference.item<double>(), 0.01 * expected.abs().max().item<double>());
  EXPECT_GT(difference.item<double>(), 0.0);
}

TEST(HalfWeights, LeavesWeightsThatDoNotFit) {
  Block block(false);
  const torch::NoGradGuard no_grad;
  block->conv->weight.fill_(1e5);
  ExportOptions options;
  options.weights = WeightType::f16;
  const auto model = build(
      block, [&](const Tensor& x) { return block->conv(x); }, options);
  EXPECT_EQ(model.initializers.at("conv.weight").type, DataType::float32);
}

TEST(Opset, OthersAreErrorsOfUse) {
  Block block(false);
  ExportOptions options;
  for (const int opset : {7, 10, 14}) {
    options.opset = opset;
    try {
      build(
          block, [](const Tensor& x) { return x.relu(); }, options);
      FAIL() << opset;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_THAT(error.what(), HasSubstr("allowed is 11..13"));
    }
  }
}

}  // namespace
}  // namespace bcnet::onnx
