// bcnet eval --corrupt, --negatives, --reliability and bcnet calibrate through the program, on
// a network of one layer: they need no LibTorch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "infer/onnx_metadata.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Robustness : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    ASSERT_EQ(bcnet({"data", "synth", "--out", data(), "--count", "3", "--seed", "2"}).exit_code,
              0);
    TinyOnnx tiny;
    tiny.description.input_width = 96;
    tiny.description.input_height = 96;
    tiny.weight = {2.0F, -0.5F, 0.0F};
    tiny.bias = -3.0F;
    tiny.write(model());
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string path(const std::string& name) { return (*folder_ / name).string(); }
  static std::string data() { return path("data"); }
  static std::string model() { return path("tiny.onnx"); }

  static ProgramResult run(const std::string& verb, const std::vector<std::string>& more) {
    std::vector<std::string> words{verb, "--quiet"};
    if (std::find(more.begin(), more.end(), "--model") == more.end()) {
      words.insert(words.end(), {"--model", model()});
    }
    words.insert(words.end(), more.begin(), more.end());
    return bcnet(words);
  }
  static json run_json(const std::string& verb, std::vector<std::string> more) {
    more.insert(more.end(), {"--data", data(), "--json", "-"});
    const ProgramResult result = run(verb, more);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return json::parse(result.output);
  }

  /// One line on stderr with this text.
  static void expect_failure(const ProgramResult& result, int exit_code, const std::string& text) {
    EXPECT_EQ(result.exit_code, exit_code) << result.error;
    EXPECT_THAT(result.error, HasSubstr(text));
    EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1) << result.error;
  }

  static TemporaryFolder* folder_;
};

TemporaryFolder* Robustness::folder_ = nullptr;

TEST_F(Robustness, CorruptAllMeasuresTenAtThreeStrengths) {
  const json plain = run_json("eval", {});
  EXPECT_FALSE(plain.contains("corruptions"));
  EXPECT_FALSE(plain.contains("negatives"));
  const json result = run_json("eval", {"--corrupt", "all"});
  EXPECT_EQ(result["mean_dice"], plain["mean_dice"]);  // the clean figures stay
  ASSERT_EQ(result["corruptions"].size(), 30U);
  double dice = 0;
  for (std::size_t i = 0; i < 30; ++i) {
    const json& entry = result["corruptions"][i];
    EXPECT_EQ(entry["strength"], i % 3 + 1);
    dice += entry["mean_dice"].get<double>();
  }
  EXPECT_NEAR(result["mean_corrupted_dice"].get<double>(), dice / 30, 1e-12);
  EXPECT_NE(result["corruptions"][14]["mean_dice"], plain["mean_dice"]);  // overexposure 3
}

TEST_F(Robustness, CorruptionsFollowTheSeed) {
  const auto noise = [](const char* seed) {
    return run_json("eval", {"--corrupt", "noise,color_cast", "--seed", seed})["corruptions"];
  };
  EXPECT_EQ(noise("1"), noise("1"));
  EXPECT_NE(noise("1"), noise("2"));
}

TEST_F(Robustness, PrintsATableOfEverything) {
  const ProgramResult result =
      run("eval", {"--data", data(), "--corrupt", "blur,jpeg", "--negatives", "crops,synthetic"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("3 images, OpenVINO"), HasSubstr("expected error"),
                    HasSubstr("\n  blur  "), HasSubstr("\n  jpeg  "), HasSubstr("mean of all"),
                    HasSubstr("\n  crops  "), HasSubstr("\n  synthetic ")));
}

TEST_F(Robustness, CalibrationIsInTheResult) {
  const json result = run_json("eval", {"--reliability", path("plot.svg")});
  const json& calibration = result["calibration"];
  EXPECT_EQ(calibration["temperature"], 1.0);
  ASSERT_EQ(calibration["bins"].size(), 15U);
  double error = 0;
  for (const json& bin : calibration["bins"]) {
    if (bin["share"] > 0.0) {
      error += bin["share"].get<double>() *
               std::abs(bin["accuracy"].get<double>() - bin["confidence"].get<double>());
    }
  }
  EXPECT_NEAR(calibration["ece"].get<double>(), error, 1e-9);
  EXPECT_GT(calibration["brier"].get<double>(), 0.0);
  EXPECT_THAT(read_text(path("plot.svg")), HasSubstr("</svg>"));
}

TEST_F(Robustness, NegativesAreCounted) {
  const json result =
      run_json("eval", {"--negatives", "crops", "synthetic", data() + "/images"})["negatives"];
  ASSERT_EQ(result.size(), 3U);
  EXPECT_EQ(result[0]["images"].get<int>() + result[0]["left_out"].get<int>(), 3);
  EXPECT_EQ(result[1]["images"], 100);
  EXPECT_EQ(result[2]["images"], 3);
  for (const json& entry : result) {
    EXPECT_NEAR(entry["false_positive_rate"].get<double>(),
                entry["images_with_polyp"].get<double>() / entry["images"].get<double>(), 1e-12);
  }
}

TEST_F(Robustness, BadInputOfEvalIsNamed) {
  const auto eval = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"--data", data()});
    return run("eval", more);
  };
  expect_failure(eval({"--corrupt", "blur,fog"}), 2,
                 "--corrupt: found 'fog', allowed are all, blur, motion_blur, noise, jpeg");
  expect_failure(eval({"--negatives", "crop"}), 2, "--negatives: found 'crop'");
  expect_failure(eval({"--reliability", path("plot.png")}), 2, "ends in .svg");
  expect_failure(eval({"--reliability", path("nowhere/plot.svg")}), 1, "nowhere");
  expect_failure(eval({"--json", path("nowhere/a.json")}), 1, "nowhere");
  fs::create_directories(path("bare/images"));
  fs::copy(data() + "/images", path("bare/images"), fs::copy_options::recursive);
  expect_failure(run("eval", {"--data", path("bare"), "--corrupt", "all"}), 3, "masks");
}

TEST_F(Robustness, CalibrateWritesTheTemperatureAndEvalUsesIt) {
  const std::string before = read_text(model());
  const std::string out = path("calibrated.onnx");
  const json fitted = run_json("calibrate", {"--out", out});
  const double temperature = fitted["after"]["temperature"];
  EXPECT_NE(temperature, 1.0);
  EXPECT_LT(fitted["after"]["nll"], fitted["before"]["nll"]);
  EXPECT_EQ(fitted["before"]["temperature"], 1.0);
  EXPECT_EQ(read_text(model()), before);
  const auto metadata = infer::read_onnx_metadata(read_text(out), out);
  EXPECT_NEAR(std::stod(metadata.at("bcnet.temperature")), temperature, 1e-4);

  const json plain = run_json("eval", {});
  const json calibrated = run_json("eval", {"--model", out});
  EXPECT_EQ(calibrated["mean_dice"], plain["mean_dice"]);  // the mask stays as it is
  EXPECT_NEAR(calibrated["calibration"]["temperature"].get<double>(), temperature, 1e-4);
  EXPECT_NEAR(calibrated["calibration"]["brier"].get<double>(),
              fitted["after"]["brier"].get<double>(), 1e-4);
  EXPECT_NEAR(plain["calibration"]["brier"].get<double>(), fitted["before"]["brier"].get<double>(),
              1e-4);

  // Fitted again it is the same: the logits are what is fitted, not the probabilities. And a
  // model may be written over itself.
  fs::copy_file(out, path("again.onnx"));
  const json again =
      run_json("calibrate", {"--model", path("again.onnx"), "--out", path("again.onnx")});
  EXPECT_EQ(again["after"], fitted["after"]);
  EXPECT_EQ(again["before"]["nll"], fitted["after"]["nll"]);
  EXPECT_EQ(read_text(path("again.onnx")), read_text(out));
}

TEST_F(Robustness, CalibrateShowsTheTemperatureWithoutOut) {
  const ProgramResult result = run("calibrate", {"--data", data()});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, AllOf(HasSubstr("from 3 images"), HasSubstr("not written")));
}

// An image without annotations is a picture without a polyp.
TEST_F(Robustness, CalibrateSaysWhereNoMaskHasAPolyp) {
  const fs::path healthy = path("healthy");
  fs::create_directories(healthy);
  fs::copy(data() + "/images", healthy / "images");
  write_text(healthy / "coco.json",
             R"({"images": [{"id": 1, "file_name": "synth_0001.jpg"},
                            {"id": 2, "file_name": "synth_0002.jpg"}],
                 "annotations": [], "categories": []})");
  const ProgramResult result = run("calibrate", {"--data", healthy / "coco.json"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error,
              HasSubstr("coco.json: none of 2 masks has foreground: the temperature is of "
                        "background alone"));
  EXPECT_THAT(result.output, HasSubstr("findings: 0 on a polyp"));
  EXPECT_THAT(run("calibrate", {"--data", data()}).error,
              ::testing::Not(HasSubstr("has foreground")));
}

TEST_F(Robustness, BadInputOfCalibrateIsNamed) {
  expect_failure(run("calibrate", {"--data", data(), "--out", path("a.safetensors")}), 2,
                 "ends in .onnx");
  expect_failure(run("calibrate", {"--data", data(), "--out", path("nowhere/a.onnx")}), 1,
                 "nowhere");
  expect_failure(run("calibrate", {"--data", path("none")}), 3, "no such folder");
  // A network that says the same everywhere, and the opposite of the truth more often.
  TinyOnnx blind;
  blind.weight = {0.0F, 0.0F, 0.0F};
  blind.bias = 5.0F;
  expect_failure(
      run("calibrate", {"--model", blind.write(path("blind.onnx")).string(), "--data", data()}), 3,
      "temperature: found no use");
  for (const std::string bad : {"0", "-2", "\"warm\"", "1e999"}) {
    const std::string file = path("bad.onnx");
    write_text(file,
               infer::with_onnx_metadata(read_text(model()), {{"bcnet.temperature", bad}}, file));
    expect_failure(bcnet({"eval", "--model", file, "--data", data(), "--quiet"}), 4,
                   "bad.onnx: bcnet.temperature: found '" + bad + "'");
  }
}

TEST_F(Robustness, JsonFollowsTheSchemas) {
  if (!test_python()) {
    GTEST_SKIP() << no_python;
  }
  ASSERT_EQ(run("eval", {"--data", data(), "--corrupt", "rotation", "--negatives", "synthetic",
                         "--json", path("eval.json")})
                .exit_code,
            0);
  ASSERT_EQ(run("calibrate", {"--data", data(), "--json", path("calibrate.json")}).exit_code, 0);
  expect_schemas({{"eval", path("eval.json")}, {"calibrate", path("calibrate.json")}});
}

TEST_F(Robustness, EvalRefusesBadDataUnlessToldToGoOn) {
  const fs::path broken = path("broken");
  fs::copy(data(), broken, fs::copy_options::recursive);
  write_text(broken / "images/synth_0002.jpg", "no picture");
  const std::string out = path("broken.json");
  std::vector<std::string> words{"--data", broken.string(), "--json", out};
  const ProgramResult refused = run("eval", words);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.error,
              AllOf(HasSubstr("synth_0002.jpg: is no image"), HasSubstr("--ignore-data-errors")));
  EXPECT_FALSE(fs::exists(out));
  words.emplace_back("--ignore-data-errors");
  EXPECT_EQ(run("eval", words).exit_code, 3);
  const json result = json::parse(read_text(out));
  EXPECT_EQ(result["images"], 2);
  EXPECT_EQ(result["failed"][0]["image"], "images/synth_0002.jpg");
}

}  // namespace
}  // namespace bcnet::test
