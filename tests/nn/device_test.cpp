#include "nn/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nn/architectures.h"
#include "support/error_of.h"

namespace bcnet::nn {

using ::testing::HasSubstr;

namespace {

template <typename Action>
std::string usage_error_of(Action action) {
  return test::error_of(ErrorKind::usage, action);
}

}  // namespace

TEST(Device, KnowsItsNames) {
  EXPECT_TRUE(parse_device("cpu").is_cpu());
  for (const char* name : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1234", ""}) {
    EXPECT_THAT(usage_error_of([&] { parse_device(name); }), HasSubstr("cpu, cuda, cuda:N"));
  }
}

TEST(Device, CudaThatIsNotThereIsAClearError) {
  EXPECT_THAT(usage_error_of([] { parse_device("cuda:99"); }), HasSubstr("--device cuda:99"));
}

TEST(ComputeType, FollowsThePrecision) {
  const torch::Device cpu(torch::kCPU);
  EXPECT_EQ(compute_type("f32", cpu), torch::kFloat32);
  EXPECT_EQ(compute_type("bf16", cpu), torch::kBFloat16);
  EXPECT_THAT(usage_error_of([&] { compute_type("f16", cpu); }), HasSubstr("auto, f32, bf16"));
}

TEST(AutocastGuard, TrainsInBfloat16) {
  for (const char* options :
       {R"({"name":"bcnet","backbone":"efficientnet_lite0","channels":16,"boundary_channels":8})",
        R"({"name":"pranet","backbone":"efficientnet_lite0","channels":8})",
        R"({"name":"unet","base":4})"}) {
    const auto network = make_network(network_options_from_json(Json::parse(options), "test"));
    to_channels_last(*network);
    NetworkOutputs out;
    {
      const AutocastGuard autocast(torch::Device(torch::kCPU), torch::kBFloat16);
      out = network->forward(torch::rand({2, 3, 64, 64}));
    }
    EXPECT_EQ(out.logits.scalar_type(), torch::kBFloat16) << options;
    out.logits.to(torch::kFloat32).sum().backward();
    for (const auto& item : network->named_parameters()) {
      if (item.value().grad().defined()) {
        EXPECT_EQ(item.value().grad().scalar_type(), torch::kFloat32) << item.key();
        EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << item.key();
      }
    }
  }
}

TEST(Cuda, GivesTheLogitsOfTheCpu) {
  if (!torch::cuda::is_available()) {
    GTEST_SKIP() << "no CUDA device";
  }
  const torch::NoGradGuard no_grad;
  BcnetOptions options;
  options.backbone = "efficientnet_lite0";
  options.channels = 16;
  options.boundary_channels = 8;
  Bcnet network(options);
  network->eval();
  const auto x = torch::rand({2, 3, 64, 96});
  const auto expected = network->predict(x);
  network->to(torch::kCUDA);
  const auto found = network->predict(x.to(torch::kCUDA)).cpu();
  EXPECT_LT((found - expected).abs().max().item<double>(), 1e-3);
}

}  // namespace bcnet::nn
