// From a run that trains for int8 to a file in 8 bits that segments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/json.h"
#include "support/program.h"
#include "support/refused.h"
#include "support/temporary_folder.h"
#include "support/tiny_recipe.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;

const std::string recipe = std::string(tiny_recipe_head) + R"(
[run]
validation_size = 64
[[stages]]
name = "float"
epochs = 1
size = 64
learning_rate = 2e-3
[[stages]]
name = "int8"
epochs = 1
size = 64
learning_rate = 5e-4
quantize = true
)";

class QuantizeRun : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    ASSERT_EQ(bcnet({"data", "synth", "--out", path("data"), "--count", "16"}).exit_code, 0);
    write_text(path("recipe.toml"), recipe);
    const auto trained = bcnet(
        {"train", path("recipe.toml"), "--data", path("data"), "--out", path("run"), "--quiet"});
    ASSERT_EQ(trained.exit_code, 0) << trained.error;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string path(const std::string& name) { return (*folder_ / name).string(); }

  static ProgramResult quantize(const std::string& model, const std::string& out) {
    return bcnet({"quantize", "--model", model, "--data", path("data"), "--out", out, "--method",
                  "min-max", "--max-drop", "1", "--json", "-", "--quiet"});
  }

  static TemporaryFolder* folder_;
};

TemporaryFolder* QuantizeRun::folder_ = nullptr;

TEST_F(QuantizeRun, GivesAFileThatSegmentsAsTheRunDoes) {
  const auto result = quantize(path("run"), path("int8.onnx"));
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const Json report = Json::parse(result.output);
  EXPECT_EQ(report["model"], path("run"));
  EXPECT_GT(report["layers"].get<int>(), 50);
  EXPECT_GE(report["chosen"]["dice_with_float"].get<double>(), 0.9);

  // The weight file of the run is the same model.
  ASSERT_EQ(quantize(path("run") + "/best.safetensors", path("again.onnx")).exit_code, 0);
  EXPECT_EQ(read_text(path("again.onnx")), read_text(path("int8.onnx")));

  const auto predicted = bcnet({"predict", path("data") + "/images", "--model", path("int8.onnx"),
                                "--out", path("masks"), "--save", "mask", "--quiet"});
  EXPECT_EQ(predicted.exit_code, 0) << predicted.error;
  const auto dice = [](const std::string& model) {
    const auto eval =
        bcnet({"eval", "--model", model, "--data", path("data"), "--json", "-", "--quiet"});
    EXPECT_EQ(eval.exit_code, 0) << eval.error;
    return Json::parse(eval.output)["mean_dice"].get<double>();
  };
  EXPECT_NEAR(dice(path("int8.onnx")), dice(path("run") + "/best.safetensors"), 0.05);
}

TEST_F(QuantizeRun, RefusesWhatIsNoRun) {
  const std::string out = path("none.onnx");
  fs::create_directories(path("hollow"));
  expect_refused(quantize(path("hollow"), out), 4, "best.safetensors", out);
  write_text(path("text.safetensors"), "no weights");
  expect_refused(quantize(path("text.safetensors"), out), 4, "text.safetensors", out);
  write_text(path("text.txt"), "no weights");
  expect_refused(quantize(path("text.txt"), out), 4, "text.txt", out);
}

}  // namespace
}  // namespace bcnet::test
