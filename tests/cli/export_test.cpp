// bcnet export through the program: what it writes, and how it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "core/json.h"
#include "nn/architectures.h"
#include "nn/model_file.h"
#include "support/program.h"
#include "support/refused.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ExportCommand : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    nn::BcnetOptions options;
    options.backbone = "efficientnet_lite0";
    options.channels = 16;
    options.boundary_channels = 8;
    torch::manual_seed(1);
    const nn::Bcnet network(options);
    ModelDescription description;
    description.architecture = json_line(nn::to_json(options));
    description.input_height = 64;
    description.input_width = 96;
    weights_ = std::make_unique<test::TemporaryFolder>();
    nn::save_network(model(), nn::state_of(*network), description, /*half=*/false);
  }
  static void TearDownTestSuite() { weights_.reset(); }

  /// Named as in a run's folder, with a space and a letter beyond ASCII in the path.
  static fs::path model() {
    const fs::path run = weights_->path() / "rün 1";
    fs::create_directories(run);
    return run / "best.safetensors";
  }

  fs::path out() const { return folder_ / "model.onnx"; }

  test::ProgramResult run(const fs::path& from, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"export", "--model", from.string(), "--out", out().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::bcnet(arguments);
  }

  void expect_refused(const test::ProgramResult& result, int exit_code,
                      const std::string& message) {
    test::expect_refused(result, exit_code, message, out());
  }

  static std::unique_ptr<test::TemporaryFolder> weights_;
  test::TemporaryFolder folder_;
};

std::unique_ptr<test::TemporaryFolder> ExportCommand::weights_;

TEST_F(ExportCommand, WritesAFileAndPrintsTheDifference) {
  const auto result = run(model(), {"--json", (folder_ / "report.json").string()});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("largest difference of logits from LibTorch"));
  EXPECT_THAT(result.output, HasSubstr("[1,3,64,96]"));
  const Json report = Json::parse(test::read_text(folder_ / "report.json"));
  EXPECT_LE(report["largest_difference"].get<double>(), 1e-3);
  EXPECT_EQ(report["opset"], 11);
  EXPECT_EQ(report["input_size"], Json({64, 96}));
  EXPECT_EQ(report["bytes"], fs::file_size(out()));
}

TEST_F(ExportCommand, TakesARunFolderAndAnotherSize) {
  const auto result = run(model().parent_path(), {"--size", "128", "--quiet", "--json", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(Json::parse(result.output)["input_size"], Json({128, 128}));
}

TEST_F(ExportCommand, DynamicAndHalfWeights) {
  const auto result = run(model(), {"--dynamic", "--weights", "f16", "--opset", "13"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("opset 13, f16 weights"));
  EXPECT_LT(fs::file_size(out()), fs::file_size(model()) * 6 / 10);
}

TEST_F(ExportCommand, WritesWeightsOfHalfTheSize) {
  const fs::path half = folder_ / "half.safetensors";
  const auto result = test::bcnet(
      {"export", "--model", model().string(), "--out", half.string(), "--weights", "f16"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_LT(fs::file_size(half), fs::file_size(model()) * 55 / 100);
  EXPECT_NO_THROW(nn::load_network(half));
}

TEST_F(ExportCommand, StoresWeightsAsInt8) {
  const auto result = run(model(), {"--weights", "int8"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("opset 13, int8 weights"));
  EXPECT_LT(fs::file_size(out()), fs::file_size(model()) * 35 / 100);
}

TEST_F(ExportCommand, Int8WeightsNeedOpset13AndOnnx) {
  expect_refused(run(model(), {"--weights", "int8", "--opset", "11"}), 2,
                 "--opset: found 11, int8 weights need 13");
  const auto result = test::bcnet({"export", "--model", model().string(), "--out",
                                   (folder_ / "a.safetensors").string(), "--weights", "int8"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("takes f32 or f16"));
}

TEST_F(ExportCommand, OtherOpsetsAreBadUsage) {
  expect_refused(run(model(), {"--opset", "7"}), 2, "--opset: found 7, allowed is 11..13");
}

TEST_F(ExportCommand, OtherWeightsAndSizesAreBadUsage) {
  expect_refused(run(model(), {"--weights", "int4"}), 2, "not in {f32,f16,int8}");
  expect_refused(run(model(), {"--size", "100"}), 2, "--size: found 100");
  expect_refused(run(model(), {"--size", "-32"}), 2, "--size: found -32");
}

TEST_F(ExportCommand, AMissingModelIsTold) {
  expect_refused(run(folder_ / "none.safetensors"), 4, "none.safetensors");
  expect_refused(run(folder_.path()), 4, "best.safetensors");
}

TEST_F(ExportCommand, AFileThatHoldsNoWeightsIsTold) {
  test::write_text(folder_ / "text.safetensors", "these are no weights");
  expect_refused(run(folder_ / "text.safetensors"), 4, "text.safetensors");
}

TEST_F(ExportCommand, AFileCutShortIsTold) {
  const auto bytes = test::read_text(model());
  test::write_text(folder_ / "cut.safetensors", bytes.substr(0, bytes.size() / 2));
  expect_refused(run(folder_ / "cut.safetensors"), 4, "cut.safetensors");
}

TEST_F(ExportCommand, WeightsOfAnotherArchitectureAreTold) {
  auto file = nn::load_network(model());
  auto state = nn::state_of(*file.network);
  state.erase("mask_head.weight");
  nn::save_network(folder_ / "other.safetensors", state, file.description, false);
  expect_refused(run(folder_ / "other.safetensors"), 4, "mask_head.weight");
}

TEST_F(ExportCommand, WeightsThatAreNotOfTheNetworkTheyNameAreTold) {
  auto file = nn::load_network(model());
  const auto save = [&](const std::string& architecture) {
    file.description.architecture = architecture;
    nn::save_network(folder_ / "other.safetensors", nn::state_of(*file.network), file.description,
                     false);
    return folder_ / "other.safetensors";
  };
  expect_refused(run(save(R"({"name":"unet","base":4})")), 4, "missing: decoder1.0.bn.bias");
  expect_refused(run(save(R"({"name":"segnet"})")), 4, "allowed are bcnet, pranet, unet");
}

TEST_F(ExportCommand, AFolderThatIsNotThereIsTold) {
  const auto result = test::bcnet(
      {"export", "--model", model().string(), "--out", (folder_ / "none/model.onnx").string()});
  expect_refused(result, 1, "none/model.onnx: cannot be written: No such file or directory");
}

TEST_F(ExportCommand, RefusesNamesAndFlagsThatDoNotGoTogether) {
  const auto weights = model().string();
  const auto to = [&](const std::string& out, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"export", "--model", weights, "--out", (folder_ / out).string()};
    words.insert(words.end(), more.begin(), more.end());
    return test::bcnet(words);
  };
  expect_refused(to("model.txt"), 2, "a name that ends in .onnx or .safetensors is allowed");
  expect_refused(to("out.safetensors", {"--dynamic"}), 2, "found --dynamic too");
  expect_refused(to("out.safetensors", {"--opset", "12"}), 2, "found --opset too");
  ASSERT_EQ(to("made.onnx").exit_code, 0);
  expect_refused(test::bcnet({"export", "--model", (folder_ / "made.onnx").string(), "--out",
                              (folder_ / "again.onnx").string()}),
                 4, "made.onnx: is an ONNX model");
  expect_refused(test::bcnet({"export", "--model", weights, "--out", weights}), 2,
                 "which is the model itself");
}

TEST_F(ExportCommand, AFolderWithoutPermissionIsTold) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root may write anywhere";
  }
  fs::permissions(folder_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const auto result = run(model());
  fs::permissions(folder_.path(), fs::perms::owner_all);
  expect_refused(result, 1, "cannot be written: Permission denied");
}

}  // namespace
}  // namespace bcnet
