#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "nn/backbones/backbone.h"
#include "nn/backbones/pretrained_file.h"
#include "nn/key_list.h"
#include "nn/pinned.h"

namespace bcnet::nn {
namespace {

// Expected values: efficientnet-lite-pytorch 0.1.0 and timm 1.0.31 (res2net50d), by the scripts
// in tests/nn/reference.
constexpr double tolerance = 1e-4;

// The file with a backbone's expected values.
Json expected_of(const std::string& name) {
  const bool lite = name.rfind("efficientnet", 0) == 0;
  return test::read_nn_json(lite ? "efficientnet_lite.json" : "res2net50_v1b.json")[name];
}

void expect_features(const std::array<torch::Tensor, 4>& features, const Json& expected) {
  for (std::size_t i = 0; i < features.size(); ++i) {
    test::expect_digest(features[i], expected[i], tolerance, "f" + std::to_string(i + 2));
  }
}

struct Backbone : testing::TestWithParam<std::string> {};

TEST_P(Backbone, AgreesWithReferenceOnPinnedWeights) {
  const torch::NoGradGuard no_grad;
  const auto backbone = make_backbone(GetParam());
  test::fill_pinned(*backbone);
  backbone->eval();
  expect_features(backbone->forward(test::pinned_image(96, 64)), expected_of(GetParam())["pinned"]);
}

TEST_P(Backbone, AgreesWithReferenceOnPinnedWeightsChannelsLast) {
  const torch::NoGradGuard no_grad;
  const auto backbone = make_backbone(GetParam());
  test::fill_pinned(*backbone);
  backbone->eval();
  for (auto& parameter : backbone->parameters()) {
    if (parameter.dim() == 4) {
      parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
  }
  const auto x = test::pinned_image(96, 64).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto features = backbone->forward(x);
  expect_features(features, expected_of(GetParam())["pinned"]);
  for (const auto& feature : features) {
    EXPECT_TRUE(feature.is_contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

TEST_P(Backbone, GivesItsChannelsAtFourStrides) {
  const torch::NoGradGuard no_grad;
  const auto backbone = make_backbone(GetParam());
  const auto features = backbone->forward(torch::zeros({2, 3, 64, 32}));
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto stride = std::int64_t{4} << i;
    EXPECT_EQ(features[i].sizes().vec(),
              (std::vector<std::int64_t>{2, backbone->channels()[i], 64 / stride, 32 / stride}));
  }
}

TEST_P(Backbone, RefusesSizesThatAreNoMultipleOf32) {
  const auto backbone = make_backbone(GetParam());
  EXPECT_THROW(backbone->forward(torch::zeros({1, 3, 64, 48})), Error);
  EXPECT_THROW(backbone->forward(torch::zeros({1, 1, 64, 64})), Error);
}

TEST_P(Backbone, EveryParameterLearns) {
  const auto backbone = make_backbone(GetParam());
  torch::manual_seed(1);
  torch::Tensor sum;
  for (const auto& feature : backbone->forward(torch::randn({2, 3, 64, 64}))) {
    sum = sum.defined() ? sum + feature.square().mean() : feature.square().mean();
  }
  sum.backward();
  for (const auto& item : backbone->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().max().item<float>(), 0.0F) << item.key();
  }
}

TEST_P(Backbone, DropsPathsOnlyInTraining) {
  const torch::NoGradGuard no_grad;
  BackboneOptions options;
  options.drop_path_rate = 0.9;
  const auto backbone = make_backbone(GetParam(), options);
  test::fill_pinned(*backbone);
  const auto x = test::pinned_image(64, 64);
  torch::manual_seed(1);
  const auto one = backbone->forward(x)[3];
  torch::manual_seed(1);
  EXPECT_TRUE(backbone->forward(x)[3].equal(one));
  EXPECT_FALSE(backbone->forward(x)[3].equal(one));

  test::fill_pinned(*backbone);
  backbone->eval();
  expect_features(backbone->forward(test::pinned_image(96, 64)), expected_of(GetParam())["pinned"]);
}

INSTANTIATE_TEST_SUITE_P(All, Backbone, testing::ValuesIn(backbone_names()),
                         [](const auto& test) { return test.param; });

struct LiteBackbone : testing::TestWithParam<std::string> {};

TEST_P(LiteBackbone, AgreesWithReferenceOnImageNetWeights) {
  const auto file = find_backbone_file(GetParam());
  if (!file) {
    GTEST_SKIP() << "no ImageNet weights of " << GetParam() << " here: run scripts/fetch-backbones";
  }
  const torch::NoGradGuard no_grad;
  const auto backbone = make_backbone(GetParam());
  load_pretrained(*backbone, GetParam(), load_weights(*file), file->string());
  backbone->eval();
  const auto features = backbone->forward(test::pinned_image(96, 64));
  const auto expected = expected_of(GetParam())["imagenet"];
  for (std::size_t i = 0; i < features.size(); ++i) {
    // Absolute, however large the features are.
    const double scale = std::max(1.0, expected[i]["mean_abs"].get<double>());
    test::expect_digest(features[i], expected[i], tolerance / scale, "f" + std::to_string(i + 2));
  }
}

INSTANTIATE_TEST_SUITE_P(All, LiteBackbone,
                         testing::Values("efficientnet_lite0", "efficientnet_lite1",
                                         "efficientnet_lite2"),
                         [](const auto& test) { return test.param; });

TEST(EfficientNetLite, TrainsAsTheReference) {
  const auto backbone = make_backbone("efficientnet_lite0");
  test::fill_pinned(*backbone);
  const auto expected = expected_of("efficientnet_lite0");
  expect_features(backbone->forward(test::pinned_image(96, 64, 2)), expected["training"]);
  for (const auto& [name, digest] : expected["statistics"].items()) {
    test::expect_digest(backbone->named_buffers()[name], digest, tolerance, name);
  }
}

// The authors' weight file.
WeightFile official_res2net() { return test::file_of_keys("res2net50_v1b_keys.txt"); }

TEST(Res2Net, HasTheOfficialKeysWithNothingLeftOver) {
  auto official = official_res2net();
  EXPECT_EQ(official.tensors.size(), 524U);
  const auto backbone = make_backbone("res2net50_v1b");
  const auto report = compare_weights(*backbone, official);
  EXPECT_THAT(report.missing, testing::IsEmpty());
  EXPECT_THAT(report.misshapen, testing::IsEmpty());
  EXPECT_THAT(report.unexpected, testing::ElementsAre("fc.bias", "fc.weight"));

  load_pretrained(*backbone, "res2net50_v1b", official, "official.pth");
  for (const auto& parameter : backbone->parameters()) {
    ASSERT_TRUE(parameter.eq(0.25).all().item<bool>());
  }
}

TEST(LoadPretrained, TakesOffTheModulePrefix) {
  WeightFile wrapped;
  for (const auto& item : official_res2net().tensors) {
    wrapped.tensors["module." + item.first] = item.second;
  }
  const auto backbone = make_backbone("res2net50_v1b");
  load_pretrained(*backbone, "res2net50_v1b", wrapped, "official.pth");
  EXPECT_TRUE(backbone->parameters()[0].eq(0.25).all().item<bool>());
}

TEST(LoadPretrained, NamesWhatDoesNotFit) {
  auto file = official_res2net();
  file.tensors.erase("layer1.0.bn1.bias");
  file.tensors["layer4.2.bn3.weight"] = torch::ones({7});
  file.tensors["more.weight"] = torch::ones({1});
  const auto backbone = make_backbone("res2net50_v1b");
  const auto before = backbone->parameters()[0].clone();
  try {
    load_pretrained(*backbone, "res2net50_v1b", file, "official.pth");
    FAIL() << "was loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model);
    EXPECT_STREQ(error.what(),
                 "official.pth: does not fit the network: 1 missing: layer1.0.bn1.bias; "
                 "1 unexpected: more.weight; "
                 "1 misshapen: layer4.2.bn3.weight: found [7], allowed is [2048]");
  }
  EXPECT_TRUE(backbone->parameters()[0].equal(before));
}

TEST(MakeBackbone, NamesWhatIsAllowed) {
  try {
    make_backbone("resnet50");
    FAIL() << "was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_STREQ(error.what(),
                 "backbone: found 'resnet50', allowed are efficientnet_lite0, efficientnet_lite1, "
                 "efficientnet_lite2, res2net50_v1b");
  }
}

}  // namespace
}  // namespace bcnet::nn
