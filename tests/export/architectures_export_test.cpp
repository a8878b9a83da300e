// Every network but the whole BCNet, random weights, through the export's own check in OpenVINO.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <set>
#include <string>

#include "core/json.h"
#include "export/export_onnx.h"
#include "nn/architectures.h"
#include "support/temporary_folder.h"

namespace bcnet::onnx {
namespace {

struct Architecture {
  const char* name;
  const char* options;  ///< JSON of a model file
};

void PrintTo(const Architecture& c, std::ostream* out) { *out << c.name; }

const Architecture architectures[]{
    {"Unet", R"({"name":"unet","base":8})"},
    {"Pranet", R"({"name":"pranet","backbone":"efficientnet_lite0","channels":8})"},
    {"PranetOverRes2Net", R"({"name":"pranet","backbone":"res2net50_v1b","channels":8})"},
    {"BcnetWithoutBackground", R"({"name":"bcnet","backbone":"efficientnet_lite0","channels":8,
                                   "boundary_channels":8,"acfim":"foreground"})"},
    {"BcnetUnnormalized", R"({"name":"bcnet","backbone":"efficientnet_lite0","channels":8,
                              "boundary_channels":8,"acfim":"unnormalized"})"},
    {"BcnetWithoutAllParts", R"({"name":"bcnet","backbone":"efficientnet_lite0","channels":8,
                                 "acfim":"none","gfim":false,"bbem":false})"},
};

/// What scales PraNet's maps. Its products of random features magnify rounding: LibTorch's own
/// float32 and float64 are 1.5e-3 apart without the factor on these.
const std::set<std::string> pranet_maps{"agg1.conv5.weight", "ra4_conv5.bn.weight",
                                        "ra3_conv4.bn.weight", "ra2_conv4.bn.weight"};

class ArchitecturesExport : public testing::TestWithParam<Architecture> {
 protected:
  ArchitecturesExport() {
    torch::manual_seed(17);
    network_ = nn::make_network(
        nn::network_options_from_json(Json::parse(GetParam().options), GetParam().name));
    const torch::NoGradGuard no_grad;
    settle_statistics();
    for (auto& item : network_->named_parameters()) {
      if (item.key().find("gamma") != std::string::npos) {
        item.value().fill_(0.5);  // 0 would leave the attention out
      } else if (pranet_maps.count(item.key()) > 0) {
        item.value().mul_(0.1);
      }
    }
    network_->eval();
  }

  /// Fresh statistics let random weights grow from layer to layer, beyond what floats tell apart:
  /// these are of images like those that the export checks with.
  void settle_statistics() {
    for (const auto& module : network_->modules()) {
      if (auto* norm = module->as<torch::nn::BatchNorm2dImpl>()) {
        norm->options.momentum(1.0);
      }
    }
    network_->forward((torch::rand({16, 3, 96, 64}) - 0.45) / 0.226);
  }

  ExportReport write(const ExportOptions& options) {
    ModelDescription description;
    description.architecture = GetParam().options;
    description.input_height = 96;
    description.input_width = 64;
    return export_onnx(
        *network_, [this](const torch::Tensor& x) { return network_->predict(x); }, description,
        options, folder_ / "model.onnx");
  }

  test::TemporaryFolder folder_;
  std::shared_ptr<nn::SegmentationNetwork> network_;
};

TEST_P(ArchitecturesExport, StaticAgreesWithLibTorch) {
  const auto report = write({});
  EXPECT_LE(report.largest_difference, 1e-3);
  EXPECT_GT(report.largest_logit, 0.0);
}

TEST_P(ArchitecturesExport, DynamicAgreesWithLibTorch) {
  ExportOptions options;
  options.dynamic = true;
  const auto report = write(options);
  EXPECT_LE(report.largest_difference, 1e-3);
  EXPECT_EQ(report.images, 3);
}

INSTANTIATE_TEST_SUITE_P(All, ArchitecturesExport, testing::ValuesIn(architectures),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace bcnet::onnx
