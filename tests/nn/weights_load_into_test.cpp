#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nn/weights_samples.h"

namespace bcnet::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Two parameters and three buffers.
struct Small : torch::nn::Module {
  torch::nn::Conv2d conv =
      register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(2, 3, 1).bias(false)));
  torch::nn::BatchNorm2d bn =
      register_module("bn", torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(3).affine(false)));
};

WeightFile fitting() {
  WeightFile file;
  file.tensors = {
      {"conv.weight", torch::arange(6, torch::kFloat32).view({3, 2, 1, 1})},
      {"bn.running_mean", torch::full({3}, 2.0)},
      {"bn.running_var", torch::full({3}, 0.5)},
      {"bn.num_batches_tracked", torch::tensor(9, torch::kInt64)},
  };
  return file;
}

TEST(LoadInto, CopiesParametersAndBuffers) {
  Small module;
  module.conv->weight.set_data(module.conv->weight.contiguous(torch::MemoryFormat::ChannelsLast));
  load_into(module, fitting(), "f");
  EXPECT_TRUE(module.conv->weight.equal(fitting().tensors["conv.weight"]));
  EXPECT_TRUE(module.conv->weight.requires_grad());
  EXPECT_TRUE(module.conv->weight.is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(module.bn->running_var.eq(0.5).all().item<bool>());
  EXPECT_EQ(module.bn->num_batches_tracked.item<std::int64_t>(), 9);
}

TEST(LoadInto, ConvertsHalves) {
  Small module;
  auto file = fitting();
  file.tensors["conv.weight"] = file.tensors["conv.weight"].to(torch::kFloat16);
  load_into(module, file, "f");
  EXPECT_EQ(module.conv->weight.scalar_type(), torch::kFloat32);
  EXPECT_TRUE(module.conv->weight.equal(fitting().tensors["conv.weight"]));
}

TEST(CompareWeights, ListsWhatDoesNotFit) {
  const Small module;
  EXPECT_TRUE(compare_weights(module, fitting()).ok());
  auto file = fitting();
  file.tensors.erase("bn.running_mean");
  file.tensors["conv.weight"] = torch::zeros({2, 3, 1, 1});
  file.tensors["head.weight"] = torch::zeros({1});
  const auto report = compare_weights(module, file);
  EXPECT_FALSE(report.ok());
  EXPECT_THAT(report.missing, ElementsAre("bn.running_mean"));
  EXPECT_THAT(report.unexpected, ElementsAre("head.weight"));
  EXPECT_THAT(report.misshapen, ElementsAre("conv.weight: found [2,3,1,1], allowed is [3,2,1,1]"));
}

TEST(LoadInto, ChangesNothingWhereAnythingDoesNotFit) {
  Small module;
  const auto before = module.conv->weight.clone();
  auto file = fitting();
  file.tensors.erase("bn.running_mean");
  const auto message = test::model_error([&] { load_into(module, file, "some.safetensors"); });
  EXPECT_EQ(message, "some.safetensors: does not fit the network: 1 missing: bn.running_mean");
  EXPECT_TRUE(module.conv->weight.equal(before));
}

TEST(LoadReport, SummaryCountsAllAndNamesTheFirst) {
  LoadReport report;
  EXPECT_EQ(report.summary(), "all keys fit");
  report.missing = {"a", "b", "c", "d", "e", "f", "g"};
  report.unexpected = {"x"};
  EXPECT_EQ(report.summary(), "7 missing: a, b, c, d, e, ...; 1 unexpected: x");
}

}  // namespace
}  // namespace bcnet::nn
