// bcnet average through the program: what it writes, and how it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>

#include "core/json.h"
#include "nn/architectures.h"
#include "nn/model_file.h"
#include "support/program.h"
#include "support/python.h"
#include "support/refused.h"
#include "support/temporary_folder.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Average : public testing::Test {
 protected:
  static fs::path samples() { return fs::path(BCNET_SOURCE_DIR) / "examples/samples"; }
  fs::path out() const { return folder_ / "mean.safetensors"; }

  /// A small network whose final head's bias says how much it finds: 0 is random, 50 everything.
  fs::path network(const std::string& name, float bias, std::int64_t channels = 8,
                   float temperature = 1.0F, float region_threshold = 0.6F) {
    nn::BcnetOptions options;
    options.backbone = "efficientnet_lite0";
    options.channels = channels;
    options.boundary_channels = 8;
    torch::manual_seed(3);
    nn::Bcnet network(options);
    const torch::NoGradGuard no_grad;
    network->mask_head->bias.fill_(bias);
    ModelDescription description;
    description.architecture = json_line(nn::to_json(options));
    description.input_width = 64;
    description.input_height = 64;
    description.temperature = temperature;
    description.region_calibration = {2, -1};
    description.region_threshold = region_threshold;
    description.field_of_view = false;
    description.trained_on = "images of " + name;
    description.license = "Apache-2.0";
    const fs::path run = folder_ / name;
    fs::create_directories(run);
    nn::save_network(run / "best.safetensors", nn::state_of(*network), description, false);
    return run;
  }

  test::ProgramResult run(std::vector<fs::path> models, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"average", "--threads", "1"};
    for (const auto& model : models) {
      arguments.push_back(model.string());
    }
    arguments.insert(arguments.end(), {"--out", out().string()});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::bcnet(arguments);
  }

  void expect_refused(const test::ProgramResult& result, int code, const std::string& message) {
    test::expect_refused(result, code, message, out());
  }

  static float bias_of(const fs::path& file) {
    const auto state = nn::state_of(*nn::load_network(file).network);
    return state.at("mask_head.bias").item<float>();
  }

  test::TemporaryFolder folder_;
};

TEST_F(Average, WritesTheMeanOfRunsAndFiles) {
  const auto result =
      run({network("a", 1, 8, 1.7F), network("b", 4) / "best.safetensors", network("c", 1)});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("mean of 3 networks"));
  EXPECT_FLOAT_EQ(bias_of(out()), 2.0F);
  const auto description = nn::load_network(out()).description;
  EXPECT_EQ(description.trained_on, "images of a; images of b; images of c");
  EXPECT_EQ(description.license, "Apache-2.0");
  EXPECT_FLOAT_EQ(description.temperature, 1.0F) << "a's own does not hold for the mean";
  EXPECT_EQ(description.region_calibration.slope, 1);
  EXPECT_EQ(description.region_calibration.intercept, 0);
  EXPECT_EQ(description.region_threshold, 0);
  EXPECT_FALSE(description.field_of_view);
  EXPECT_TRUE(description.metrics.empty());
}

TEST_F(Average, SaysThatTheMeanShowsEveryRegion) {
  const auto result = run({network("a", 1), network("b", 1, 8, 1, 0.55F)},
                          {"--data", samples().string(), "--quiet"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error,
              HasSubstr(out().string() + ": shows every region: the least confidence 0.6 of " +
                        (folder_ / "a/best.safetensors").string()));
  EXPECT_THAT(result.error, HasSubstr("bcnet calibrate --model " + out().string() + " --data " +
                                      samples().string() + " --out " + out().string() +
                                      " --min-confidence 0.6\n"));
  // Without a threshold the confidences alone are lost.
  const auto calibrated = run({network("c", 1, 8, 1, 0), network("d", 1, 8, 1, 0)});
  EXPECT_THAT(calibrated.error,
              HasSubstr("confidences are not calibrated: the calibration of regions of "));
  EXPECT_THAT(calibrated.error, HasSubstr(" --data IMAGES-WITH-MASKS --out " + out().string()));
  EXPECT_THAT(calibrated.error, testing::Not(HasSubstr("--min-confidence")));
}

TEST_F(Average, SaysNothingWhereNothingIsLost) {
  const auto plain = [&](const std::string& name) {
    const fs::path file = network(name, 1) / "best.safetensors";
    nn::NetworkFile made = nn::load_network(file);
    made.description.region_calibration = {};
    made.description.region_threshold = 0;
    nn::save_network(file, nn::state_of(*made.network), made.description, false);
    return file;
  };
  const auto result = run({plain("a"), plain("b")});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(result.error, "");
}

TEST_F(Average, GreedyLeavesOutWhatLowersTheDice) {
  // Of 50 everything is polyp, of -50 nothing: Dice of about a quarter, and 0.
  const auto all = network("all", 50);
  const auto none = network("none", -500);
  const auto result = run({none, all, all}, {"--data", samples().string(), "--greedy", "--weights",
                                             "f16", "--json", (folder_ / "report.json").string()});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("left out"));
  EXPECT_FLOAT_EQ(bias_of(out()), 50.0F);
  const Json report = Json::parse(test::read_text(folder_ / "report.json"));
  EXPECT_FALSE(report["models"][0]["used"].get<bool>());
  EXPECT_TRUE(report["models"][1]["used"].get<bool>());
  EXPECT_LT(report["models"][0]["mean_dice"], 1e-6);
  EXPECT_EQ(report["average"]["mean_dice"], report["models"][1]["mean_dice"]);
  EXPECT_EQ(report["average"]["images"], 8);
  EXPECT_EQ(nn::load_network(out()).description.metrics["mean_dice"],
            report["average"]["mean_dice"]);
  EXPECT_LT(fs::file_size(out()), fs::file_size(all / "best.safetensors") * 55 / 100);
  test::expect_schemas({{"average", (folder_ / "report.json").string()}});
}

TEST_F(Average, WithoutGreedyAllAreTaken) {
  const auto result = run({network("none", -500), network("all", 50)},
                          {"--data", samples().string(), "--quiet", "--json", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_FLOAT_EQ(bias_of(out()), -225.0F);
  EXPECT_LT(Json::parse(result.output)["average"]["mean_dice"], 1e-6);
}

TEST_F(Average, TakesFilesThatLeaveOutDefaults) {
  const fs::path file = network("a", 1) / "best.safetensors";
  nn::NetworkFile old = nn::load_network(file);
  old.description.architecture =
      R"({"name":"bcnet","backbone":"efficientnet_lite0","channels":8,"boundary_channels":8})";
  nn::save_network(folder_ / "old.safetensors", nn::state_of(*old.network), old.description, false);
  const auto result = run({file, folder_ / "old.safetensors"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
}

TEST_F(Average, RefusesBadUsage) {
  const auto a = network("a", 1);
  expect_refused(run({a}), 2, "found one model, two or more are needed");
  expect_refused(run({a, a}, {"--greedy"}), 2, "--greedy: needs --data");
  expect_refused(run({a, a}, {"--weights", "int8"}), 2, "not in {f32,f16}");
  expect_refused(
      test::bcnet({"average", a.string(), a.string(), "--out", out().string(), "--threads", "-1"}),
      2, "--threads: Value -1 not in range");
  expect_refused(run({a, a}, {"--data", (folder_ / "none").string()}), 3, "none");
  const auto result =
      test::bcnet({"average", a.string(), a.string(), "--out", (folder_ / "mean.onnx").string()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("ends in .safetensors"));
  const test::ProgramResult itself =
      test::bcnet({"average", a.string(), a.string(), "--out", (a / "best.safetensors").string()});
  EXPECT_EQ(itself.exit_code, 2);
  EXPECT_THAT(itself.error, HasSubstr("which is the model itself"));
}

TEST_F(Average, RefusesOtherNetworksAndFiles) {
  const auto a = network("a", 1);
  expect_refused(run({a, network("wide", 1, 16)}), 4, "wide/best.safetensors: bcnet.architecture");
  expect_refused(run({a, folder_ / "missing.safetensors"}), 4, "missing.safetensors");
  test::write_text(folder_ / "text.safetensors", "these are no weights");
  expect_refused(run({a, folder_ / "text.safetensors"}), 4, "text.safetensors");
}

}  // namespace
}  // namespace bcnet
