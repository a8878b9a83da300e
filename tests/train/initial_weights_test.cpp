#include "train/initial_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/json.h"
#include "core/model_description.h"
#include "nn/architectures.h"
#include "nn/model_file.h"
#include "nn/weights.h"
#include "support/temporary_folder.h"

namespace bcnet::train {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace {

Recipe tiny(std::int64_t channels, const std::string& backbone = "efficientnet_lite0") {
  Recipe recipe;
  recipe.pretrained = false;
  nn::BcnetOptions options;
  options.backbone = backbone;
  options.channels = channels;
  options.boundary_channels = 8;
  recipe.model = options;
  return recipe;
}

nn::Bcnet network_of(const Recipe& recipe) {
  return nn::Bcnet(std::get<nn::BcnetOptions>(recipe.model));
}

std::string model_error(nn::SegmentationNetwork& network, const Recipe& recipe,
                        const std::filesystem::path& init, bool partial) {
  try {
    load_initial_weights(network, recipe, init, partial);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model);
    return error.what();
  }
  return "no error";
}

/// Weights of an 8-channel network in a file.
class InitialWeights : public ::testing::Test {
 protected:
  InitialWeights() : source_(network_of(tiny(8))) {
    nn::save_safetensors(file_, {nn::state_of(*source_), {}});
  }
  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "eight.safetensors";
  nn::Bcnet source_;
};

TEST_F(InitialWeights, FittingFileIsLoaded) {
  nn::Bcnet network = network_of(tiny(8));
  load_initial_weights(*network, tiny(8), file_);
  EXPECT_TRUE(network->mask_head->weight.equal(source_->mask_head->weight));
}

TEST_F(InitialWeights, AnotherWidthIsRefusedWithEachKindCounted) {
  nn::WeightFile weights{nn::state_of(*source_), {}};
  weights.tensors.erase("mask_head.bias");
  weights.tensors["old_head.weight"] = torch::zeros({1});
  nn::save_safetensors(file_, weights);
  nn::Bcnet network = network_of(tiny(16));
  const auto before = network->backbone->named_parameters()["_conv_stem.weight"].clone();
  EXPECT_THAT(
      model_error(*network, tiny(16), file_, false),
      AllOf(HasSubstr("eight.safetensors"), HasSubstr(" fit: acfim3."),
            HasSubstr("1 missing: mask_head.bias"), HasSubstr("1 unexpected: old_head.weight"),
            HasSubstr("acfim3.fuse.conv.weight: found [8,8,3,3], allowed is [16,16,3,3]"),
            HasSubstr("--init-partial")));
  EXPECT_TRUE(network->backbone->named_parameters()["_conv_stem.weight"].equal(before));
}

TEST_F(InitialWeights, PartialTakesWhatFitsAndLeavesTheRest) {
  nn::Bcnet network = network_of(tiny(16));
  const auto fuse = network->acfim3->fuse->conv->weight.clone();
  load_initial_weights(*network, tiny(16), file_, /*partial=*/true);
  EXPECT_TRUE(network->backbone->named_parameters()["_conv_stem.weight"].equal(
      source_->backbone->named_parameters()["_conv_stem.weight"]));
  EXPECT_TRUE(network->mask_head->weight.equal(source_->mask_head->weight));
  EXPECT_TRUE(network->acfim3->fuse->conv->weight.equal(fuse));
}

TEST_F(InitialWeights, PartialOfNothingIsRefused) {
  nn::save_safetensors(file_, {{{"head.weight", torch::zeros({1})}}, {}});
  nn::Bcnet network = network_of(tiny(8));
  EXPECT_THAT(model_error(*network, tiny(8), file_, true), HasSubstr("0 of "));
}

TEST_F(InitialWeights, AnotherArchitectureIsRefusedByItsName) {
  ModelDescription description;
  description.architecture = json_line(nn::to_json(tiny(8).model));
  nn::save_network(file_, nn::state_of(*source_), description, false);
  Recipe unet;
  unet.model = nn::UnetOptions{4};
  const auto network = nn::make_network(unet.model);
  EXPECT_THAT(model_error(*network, unet, file_, false),
              AllOf(HasSubstr("eight.safetensors: bcnet.architecture: found bcnet"),
                    HasSubstr("the recipe's is unet")));
  // Its tensors would not fit either.
  EXPECT_THAT(model_error(*network, unet, file_, true), HasSubstr("0 of "));
}

TEST(InitialWeightsOfPranet, AreTheAuthorsFileWithItsClassifier) {
  const test::TemporaryFolder folder;
  Recipe recipe;
  nn::PranetOptions options;
  options.backbone = "res2net50_v1b";
  recipe.model = options;
  const nn::Pranet source(options);
  auto tensors = nn::state_of(*source);
  tensors["resnet.fc.weight"] = torch::zeros({1000, 2048});
  tensors["resnet.fc.bias"] = torch::zeros({1000});
  nn::save_safetensors(folder / "pranet.safetensors", {tensors, {}});
  nn::Pranet network(options);
  load_initial_weights(*network, recipe, folder / "pranet.safetensors");
  for (const auto& [name, tensor] : nn::state_of(*network)) {
    ASSERT_TRUE(tensor.equal(tensors.at(name))) << name;
  }
  tensors["fc.bias"] = torch::zeros({1000});
  nn::save_safetensors(folder / "pranet.safetensors", {tensors, {}});
  EXPECT_THAT(model_error(*network, recipe, folder / "pranet.safetensors", false),
              HasSubstr("1 unexpected: fc.bias"));
}

}  // namespace
}  // namespace bcnet::train
