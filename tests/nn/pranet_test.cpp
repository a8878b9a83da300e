// Expected values and the list of keys: reference/pranet.py, torch 2.13.0 with timm 1.0.31 and
// efficientnet-lite-pytorch 0.1.0.
#include "nn/pranet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "nn/key_list.h"
#include "nn/macs.h"
#include "nn/pinned.h"

namespace bcnet::nn {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

Pranet pranet_over(const std::string& backbone) {
  PranetOptions options;
  options.backbone = backbone;
  return Pranet(options);
}

/// What the authors' weight file holds, every value 0.25.
WeightFile official_file() {
  WeightFile file = test::file_of_keys("pranet_keys.txt");
  for (const auto& [key, tensor] : test::file_of_keys("res2net50_v1b_keys.txt").tensors) {
    file.tensors["resnet." + key] = tensor;
  }
  return file;
}

/// tame() of reference/pranet.py.
void tame(Pranet& network, const Json& factors) {
  const torch::NoGradGuard no_grad;
  const std::regex reads_backbone(
      R"((rfb|ra)(\d)_(1\.(branch\d\.0|conv_res)|conv1)\.conv\.weight)");
  for (auto& item : network->named_parameters()) {
    std::smatch match;
    if (std::regex_match(item.key(), match, reads_backbone)) {
      item.value().mul_(factors[std::stoul(match[2]) - 2].get<double>());
    }
  }
  network->agg1->conv5->weight.mul_(factors[3].get<double>());
}

struct PranetOver : testing::TestWithParam<std::string> {};

TEST_P(PranetOver, AgreesWithReferenceOnPinnedWeights) {
  const torch::NoGradGuard no_grad;
  const Json expected = test::read_nn_json("pranet.json")[GetParam()];
  Pranet network = pranet_over(GetParam());
  test::fill_pinned(*network);
  tame(network, expected["factors"]);
  network->eval();
  for (const auto& [height, width] : {std::pair{352, 352}, std::pair{96, 160}}) {
    const std::string size = std::to_string(height) + "x" + std::to_string(width);
    const auto out = network->forward(test::pinned_image(height, width));
    test::expect_digest(out.location, expected[size]["location"], 1e-4, size + " location");
    test::expect_digest(out.levels[1], expected[size]["level5"], 1e-4, size + " level 5");
    test::expect_digest(out.levels[0], expected[size]["level4"], 1e-4, size + " level 4");
    test::expect_digest(out.logits, expected[size]["logits"], 1e-4, size + " logits");
    EXPECT_FALSE(out.boundary.defined());
  }
}

INSTANTIATE_TEST_SUITE_P(All, PranetOver, testing::Values("efficientnet_lite0", "res2net50_v1b"),
                         [](const auto& test) { return test.param; });

TEST(Pranet, HasTheOfficialKeysWithNothingLeftOver) {
  const WeightFile official = official_file();
  Pranet network = pranet_over("res2net50_v1b");
  const auto report = compare_weights(*network, official);
  EXPECT_THAT(report.missing, IsEmpty());
  EXPECT_THAT(report.misshapen, IsEmpty());
  EXPECT_THAT(report.unexpected, ElementsAre("resnet.fc.bias", "resnet.fc.weight"));
  EXPECT_THAT(network->unused_keys(), ElementsAre("resnet.fc."));
}

TEST(Pranet, TakesBareRes2NetWeights) {
  Pranet network = pranet_over("res2net50_v1b");
  load_pretrained(*network->backbone, "res2net50_v1b", test::file_of_keys("res2net50_v1b_keys.txt"),
                  "official.pth");
  for (const auto& item : network->named_parameters()) {
    if (network->group_of(item.key()) == "backbone") {
      ASSERT_TRUE(item.value().eq(0.25).all().item<bool>()) << item.key();
    }
  }
}

TEST(Pranet, CountsItsParameters) {
  // 30.50 M; with the classifier that the authors' code keeps 2.05 M more. The article says 30.2 M.
  std::int64_t official = 0;
  for (const auto& [key, tensor] : official_file().tensors) {
    const bool counted = tensor.dim() > 0 && key.find("running_") == std::string::npos &&
                         key.rfind("resnet.fc.", 0) != 0;
    official += counted ? tensor.numel() : 0;
  }
  const auto count = count_parameters(*pranet_over("res2net50_v1b"));
  EXPECT_EQ(count, official);
  EXPECT_NEAR(static_cast<double>(count), 30.2e6, 0.02 * 30.2e6);
}

TEST(Pranet, GivesEveryMapOnItsGridOverEveryBackbone) {
  const torch::NoGradGuard no_grad;
  for (const auto& name : backbone_names()) {
    Pranet network = pranet_over(name);
    network->eval();
    const auto out = network->forward(torch::rand({2, 3, 64, 96}));
    EXPECT_THAT(out.logits.sizes().vec(), ElementsAre(2, 1, 64, 96)) << name;
    EXPECT_THAT(out.location.sizes().vec(), ElementsAre(2, 1, 8, 12)) << name;
    ASSERT_EQ(out.levels.size(), 2U);
    EXPECT_THAT(out.levels[0].sizes().vec(), ElementsAre(2, 1, 4, 6)) << name;
    EXPECT_THAT(out.levels[1].sizes().vec(), ElementsAre(2, 1, 2, 3)) << name;
  }
}

TEST(Pranet, LearnsInEveryParameter) {
  Pranet network = pranet_over("efficientnet_lite0");
  torch::manual_seed(1);
  network->predict(torch::randn({2, 3, 64, 64})).square().mean().backward();
  for (const auto& item : network->named_parameters()) {
    EXPECT_TRUE(item.value().grad().defined()) << item.key();
  }
}

TEST(Pranet, EveryModuleHasItsGroup) {
  Pranet network = pranet_over("efficientnet_lite0");
  EXPECT_EQ(network->group_of("resnet._conv_stem.weight"), "backbone");
  EXPECT_EQ(network->group_of("rfb2_1.conv_res.conv.weight"), "decoder");
  EXPECT_EQ(network->group_of("agg1.conv5.bias"), "decoder");
  EXPECT_EQ(network->group_of("ra4_conv1.bn.weight"), "attention");
  EXPECT_EQ(network->group_of("ra2_conv4.conv.weight"), "attention");
}

}  // namespace
}  // namespace bcnet::nn
