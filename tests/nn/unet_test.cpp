// Expected values: reference/unet.py, torch 2.13.0.
#include "nn/unet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nn/macs.h"
#include "nn/pinned.h"
#include "support/error_of.h"

namespace bcnet::nn {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

Unet small_unet() {
  UnetOptions options;
  options.base = 8;
  return Unet(options);
}

}  // namespace

TEST(Unet, AgreesWithReferenceOnPinnedWeights) {
  const torch::NoGradGuard no_grad;
  const Json expected = test::read_nn_json("unet.json");
  Unet network = small_unet();
  test::fill_pinned(*network);
  network->eval();
  test::expect_digest(network->predict(test::pinned_image(352, 352)), expected["352x352"], 1e-4,
                      "352x352");
  test::expect_digest(network->predict(test::pinned_image(96, 160)), expected["96x160"], 1e-4,
                      "96x160");
}

TEST(Unet, HasTheArticlesParameters) {
  const auto count = count_parameters(*Unet(UnetOptions()));
  EXPECT_EQ(count, test::read_nn_json("unet.json")["parameters"].get<std::int64_t>());
  EXPECT_NEAR(static_cast<double>(count), 34.5e6, 0.02 * 34.5e6);
}

TEST(Unet, SupervisesTheFinalMaskAlone) {
  const auto out = small_unet()->forward(torch::rand({2, 3, 32, 64}));
  EXPECT_THAT(out.logits.sizes().vec(), ElementsAre(2, 1, 32, 64));
  EXPECT_FALSE(out.location.defined());
  EXPECT_FALSE(out.boundary.defined());
  EXPECT_TRUE(out.levels.empty());
}

TEST(Unet, LearnsInEveryParameter) {
  Unet network = small_unet();
  torch::manual_seed(1);
  network->predict(torch::randn({2, 3, 64, 32})).square().mean().backward();
  for (const auto& item : network->named_parameters()) {
    EXPECT_TRUE(item.value().grad().defined()) << item.key();
  }
}

TEST(Unet, NamesOfItsModulesAreAnInterface) {
  Unet network = small_unet();
  std::vector<std::string> names;
  for (const auto& item : network->named_children()) {
    names.push_back(item.key());
  }
  EXPECT_THAT(names, ElementsAre("encoder1", "encoder2", "encoder3", "encoder4", "encoder5", "up4",
                                 "decoder4", "up3", "decoder3", "up2", "decoder2", "up1",
                                 "decoder1", "head"));
  EXPECT_EQ(network->group_of("encoder5.1.conv.weight"), "encoder");
  EXPECT_EQ(network->group_of("up4.conv.weight"), "decoder");
  EXPECT_EQ(network->group_of("head.bias"), "decoder");
}

TEST(Unet, MultiplyAddsGrowWithThePixelsAlone) {
  Unet network = small_unet();
  EXPECT_EQ(count_macs(*network, 64, 96), 6 * count_macs(*network, 32, 32));
}

TEST(Unet, RefusesSizesThatAreNoMultipleOf32) {
  EXPECT_THAT(test::error_of(ErrorKind::usage,
                             [] {
                               small_unet()->forward(torch::zeros({1, 3, 64, 48}));
                             }),
              HasSubstr("[1,3,64,48]"));
}

}  // namespace bcnet::nn
