#include "nn/bcnet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nn/architectures.h"
#include "nn/macs.h"
#include "nn/model_file.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::nn {

namespace {

BcnetOptions small_options() {
  BcnetOptions options;
  options.backbone = "efficientnet_lite0";
  options.channels = 16;
  options.boundary_channels = 8;
  return options;
}

std::vector<std::int64_t> shape(const torch::Tensor& x) { return x.sizes().vec(); }

}  // namespace

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Bcnet, GivesEveryMapOnItsGridForNonSquareInput) {
  const torch::NoGradGuard no_grad;
  Bcnet network(small_options());
  network->eval();
  const auto out = network->forward(torch::rand({2, 3, 64, 96}));
  EXPECT_THAT(shape(out.logits), ElementsAre(2, 1, 64, 96));
  EXPECT_THAT(shape(out.boundary), ElementsAre(2, 1, 16, 24));
  EXPECT_THAT(shape(out.location), ElementsAre(2, 1, 8, 12));
  ASSERT_EQ(out.levels.size(), 3U);
  EXPECT_THAT(shape(out.levels[0]), ElementsAre(2, 1, 8, 12));
  EXPECT_THAT(shape(out.levels[1]), ElementsAre(2, 1, 4, 6));
  EXPECT_THAT(shape(out.levels[2]), ElementsAre(2, 1, 2, 3));
}

TEST(Bcnet, LearnsInEveryParameter) {
  Bcnet network(small_options());
  {
    const torch::NoGradGuard no_grad;  // γ = 0 keeps the gradient from what it multiplies
    for (auto& item : network->named_parameters()) {
      if (item.key().find("gamma") != std::string::npos) {
        item.value().fill_(0.5);
      }
    }
  }
  const auto out = network->forward(torch::rand({2, 3, 64, 64}));
  auto sum = out.logits.sum() + out.boundary.sum() + out.location.sum();
  for (const auto& level : out.levels) {
    sum = sum + level.sum();
  }
  sum.backward();
  for (const auto& item : network->named_parameters()) {
    EXPECT_TRUE(item.value().grad().defined()) << item.key();
  }
}

TEST(Bcnet, HasTheArticlesParametersAtItsScale) {
  BcnetOptions options;
  options.backbone = "res2net50_v1b";
  options.channels = 256;
  options.boundary_channels = 96;
  EXPECT_NEAR(static_cast<double>(count_parameters(*Bcnet(options))), 28.7e6, 0.02 * 28.7e6);
}

TEST(Bcnet, NamesOfItsModulesAreAnInterface) {
  Bcnet network(small_options());
  std::vector<std::string> names;
  for (const auto& item : network->named_children()) {
    names.push_back(item.key());
  }
  EXPECT_THAT(names, ElementsAre("backbone", "reduce3", "reduce4", "reduce5", "acfim3", "acfim4",
                                 "acfim5", "gfim4", "gfim3", "level3_head", "level4_head",
                                 "level5_head", "location_head", "bbem", "mask_head"));
  EXPECT_EQ(network->group_of("backbone._conv_stem.weight"), "backbone");
  EXPECT_EQ(network->group_of("acfim3.query.weight"), "cfis");
  EXPECT_EQ(network->group_of("bbem.join.conv.weight"), "bbem");
  EXPECT_EQ(network->group_of("mask_head.bias"), "bbem");
}

TEST(Bcnet, CountsMultiplyAdds) {
  Bcnet network(small_options());
  const auto small = count_macs(*network, 64, 64);
  EXPECT_GT(small, 0);
  // Convolutions grow with the pixels, attention with their square.
  EXPECT_GE(count_macs(*network, 128, 128), 4 * small);
}

namespace {

/// A network without a part, and what it gives.
struct Ablation {
  explicit Ablation(const BcnetOptions& options) : network(options) {
    network->eval();
    out = network->forward(torch::rand({1, 3, 64, 96}));
  }
  bool has(const std::string& module) const { return network->named_children().contains(module); }
  torch::NoGradGuard no_grad;
  Bcnet network;
  NetworkOutputs out;
};

}  // namespace

TEST(BcnetParts, WithoutAcfimLevelsGoOnAsTheyAre) {
  BcnetOptions options = small_options();
  options.acfim = "none";
  Ablation a(options);
  EXPECT_FALSE(a.has("acfim3"));
  const auto x = torch::rand({1, 3, 64, 64});
  const auto f5 = a.network->reduce5(a.network->backbone->forward(x)[3]);
  EXPECT_TRUE(torch::equal(a.network->forward(x).levels[2], a.network->level5_head(f5)));
}

TEST(BcnetParts, WithoutBackgroundItsParametersGo) {
  BcnetOptions options = small_options();
  options.acfim = "foreground";
  const Ablation a(options);
  EXPECT_FALSE(a.network->acfim3->named_parameters().contains("gamma_background"));
  EXPECT_FALSE(a.network->acfim3->named_children().contains("value_background"));
  // γ, and a 1×1 convolution with bias, in each of three.
  EXPECT_EQ(count_parameters(*a.network),
            count_parameters(*Bcnet(small_options())) - 3 * (1 + 16 * 16 + 16));
}

TEST(BcnetParts, UnnormalizedHasTheSameParameters) {
  BcnetOptions options = small_options();
  options.acfim = "unnormalized";
  const Ablation a(options);
  EXPECT_FALSE(a.network->acfim3->options.normalized);
  EXPECT_EQ(count_parameters(*a.network), count_parameters(*Bcnet(small_options())));
}

TEST(BcnetParts, WithoutGfimLevelsAreAdded) {
  BcnetOptions options = small_options();
  options.acfim = "none";
  options.gfim = false;
  Ablation a(options);
  EXPECT_FALSE(a.has("gfim3"));
  const auto x = torch::rand({1, 3, 64, 64});
  const auto features = a.network->backbone->forward(x);
  const auto f3 = a.network->reduce3(features[1]);
  const auto f4 = a.network->reduce4(features[2]);
  const auto f5 = a.network->reduce5(features[3]);
  const auto sum = f3 + resize_like(f4 + resize_like(f5, f4), f3);
  EXPECT_TRUE(torch::allclose(a.network->forward(x).location, a.network->location_head(sum)));
}

TEST(BcnetParts, WithoutBbemTheLocationIsTheMask) {
  BcnetOptions options = small_options();
  options.bbem = false;
  const Ablation a(options);
  EXPECT_FALSE(a.has("bbem"));
  EXPECT_FALSE(a.has("mask_head"));
  EXPECT_FALSE(a.out.boundary.defined());
  EXPECT_FALSE(a.out.location.defined());
  EXPECT_THAT(shape(a.out.logits), ElementsAre(1, 1, 64, 96));
  EXPECT_EQ(a.out.levels.size(), 3U);
}

TEST(ModelFile, GivesBackEveryTensor) {
  const torch::NoGradGuard no_grad;
  const test::TemporaryFolder folder;
  Bcnet network(small_options());
  network->eval();
  ModelDescription description;
  description.architecture = json_line(to_json(network->options));
  save_network(folder / "a.safetensors", state_of(*network), description, false);
  NetworkFile loaded = load_network(folder / "a.safetensors");
  const auto expected = state_of(*network);
  const auto found = state_of(*loaded.network);
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    EXPECT_TRUE(torch::equal(found.at(name), tensor)) << name;
  }
}

TEST(ModelFile, HalfIsHalfTheSizeAndClose) {
  const torch::NoGradGuard no_grad;
  const test::TemporaryFolder folder;
  Bcnet network(small_options());
  network->eval();
  ModelDescription description;
  description.architecture = json_line(to_json(network->options));
  save_network(folder / "full.safetensors", state_of(*network), description, false);
  save_network(folder / "half.safetensors", state_of(*network), description, true);
  const auto full = std::filesystem::file_size(folder / "full.safetensors");
  EXPECT_LT(std::filesystem::file_size(folder / "half.safetensors"), full * 55 / 100);
  for (const auto& [name, tensor] : state_of(*load_network(folder / "half.safetensors").network)) {
    // Half a unit in the last of 11 binary places, and of the smallest number.
    EXPECT_TRUE(torch::allclose(tensor, state_of(*network).at(name), 0x1p-11, 0x1p-25)) << name;
  }
}

TEST(ModelFile, RefusesWeightsOfAnotherWidth) {
  const test::TemporaryFolder folder;
  Bcnet network(small_options());
  ModelDescription description;
  BcnetOptions other = small_options();
  other.channels = 24;
  description.architecture = json_line(to_json(other));
  save_network(folder / "a.safetensors", state_of(*network), description, false);
  EXPECT_THAT(test::error_of(ErrorKind::model, [&] { load_network(folder / "a.safetensors"); }),
              HasSubstr("acfim3.fuse.conv.weight: found"));
}

}  // namespace bcnet::nn
