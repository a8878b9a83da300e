#include "nn/architectures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace bcnet::nn {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

NetworkOptions through_json(const NetworkOptions& options) {
  return network_options_from_json(to_json(options), "x");
}

}  // namespace

TEST(Architectures, AreThree) {
  EXPECT_THAT(architecture_names(), ElementsAre("bcnet", "pranet", "unet"));
}

TEST(Architectures, MakeTheNetworkThatTheirOptionsSay) {
  UnetOptions unet;
  unet.base = 4;
  const auto network = make_network(unet);
  EXPECT_NE(dynamic_cast<UnetImpl*>(network.get()), nullptr);
  EXPECT_EQ(network->backbone, nullptr);
  PranetOptions pranet;
  pranet.backbone = "efficientnet_lite0";
  EXPECT_NE(dynamic_cast<PranetImpl*>(make_network(pranet).get()), nullptr);
  BcnetOptions bcnet;
  bcnet.backbone = "efficientnet_lite0";
  EXPECT_NE(dynamic_cast<BcnetImpl*>(make_network(bcnet).get()), nullptr);
}

TEST(Architectures, EveryParameterIsInAGroupThatIsListed) {
  for (const auto& name : architecture_names()) {
    NetworkOptions options = default_options(name);
    if (auto* choice = backbone_of(options)) {
      choice->backbone = "efficientnet_lite0";
    }
    const auto groups = module_groups(options);
    std::set<std::string> found;
    const auto network = make_network(options);
    for (const auto& item : network->named_parameters()) {
      found.insert(network->group_of(item.key()));
    }
    EXPECT_EQ(found, std::set<std::string>(groups.begin(), groups.end())) << name;
  }
}

TEST(Architectures, SayWhatTheyReallySupervise) {
  const torch::NoGradGuard no_grad;
  BcnetOptions without;
  without.bbem = false;
  for (NetworkOptions options : {NetworkOptions(BcnetOptions()), NetworkOptions(without),
                                 NetworkOptions(PranetOptions()), NetworkOptions(UnetOptions())}) {
    if (auto* choice = backbone_of(options)) {
      choice->backbone = "efficientnet_lite0";
    }
    const auto said = supervised_outputs(options);
    const auto network = make_network(options);
    network->eval();
    const auto out = network->forward(torch::rand({1, 3, 32, 32}));
    EXPECT_EQ(out.location.defined(), said.location) << to_json(options);
    EXPECT_EQ(out.boundary.defined(), said.boundary) << to_json(options);
    EXPECT_EQ(!out.levels.empty(), said.levels) << to_json(options);
  }
}

TEST(NetworkOptions, GoThroughJson) {
  BcnetOptions bcnet;
  bcnet.backbone = "efficientnet_lite0";
  bcnet.channels = 16;
  bcnet.boundary_channels = 8;
  bcnet.boundary_join = 1;
  bcnet.acfim = "unnormalized";
  bcnet.gfim = false;
  bcnet.bbem = false;
  PranetOptions pranet;
  pranet.backbone = "res2net50_v1b";
  pranet.channels = 16;
  UnetOptions unet;
  unet.base = 16;
  for (const NetworkOptions& options :
       {NetworkOptions(bcnet), NetworkOptions(pranet), NetworkOptions(unet)}) {
    EXPECT_EQ(to_json(through_json(options)), to_json(options));
    EXPECT_NE(to_json(options), to_json(default_options(architecture_name(options))));
  }
}

TEST(NetworkOptions, OfModelsWithoutTheSwitchesAreTheWholeBcnet) {
  const auto options = std::get<BcnetOptions>(
      network_options_from_json(Json::parse(R"({"name":"bcnet","channels":16})"), "x"));
  EXPECT_EQ(options.channels, 16);
  EXPECT_EQ(options.acfim, "full");
  EXPECT_TRUE(options.gfim);
  EXPECT_TRUE(options.bbem);
}

TEST(NetworkOptions, RefuseOthers) {
  const auto message = [](const char* json) {
    return test::error_of(ErrorKind::model,
                          [&] { network_options_from_json(Json::parse(json), "file"); });
  };
  EXPECT_THAT(message(R"({"name":"segnet"})"),
              HasSubstr("file: architecture: name: found \"segnet\", allowed are bcnet, pranet"));
  EXPECT_THAT(message(R"({"channels":16})"), HasSubstr("name: missing"));
  EXPECT_THAT(message(R"({"name":"bcnet","backbone":"vgg"})"), HasSubstr("efficientnet_lite0"));
  EXPECT_THAT(message(R"({"name":"bcnet","channels":4000})"), HasSubstr("8..1024"));
  EXPECT_THAT(message(R"({"name":"bcnet","boundary_join":2})"), HasSubstr("allowed are 1, 3"));
  EXPECT_THAT(message(R"({"name":"bcnet","acfim":"half"})"), HasSubstr("full, foreground"));
  EXPECT_THAT(message(R"({"name":"bcnet","gfim":1})"), HasSubstr("true or false"));
  EXPECT_THAT(message(R"({"name":"bcnet","chanels":64})"), HasSubstr("chanels: unknown key"));
  EXPECT_THAT(message(R"({"name":"unet","backbone":"efficientnet_lite0"})"),
              HasSubstr("backbone: unknown key"));
  EXPECT_THAT(message(R"({"name":"unet","base":2})"), HasSubstr("4..256"));
  EXPECT_THAT(message("[]"), HasSubstr("object is expected"));
  EXPECT_THAT(test::error_of(ErrorKind::usage, [] { default_options("segnet"); }),
              HasSubstr("'segnet'"));
}

}  // namespace bcnet::nn
