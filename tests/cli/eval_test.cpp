#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string source = BCNET_SOURCE_DIR;

/// The shipped recipe for a smoke training, trained once on made-up pictures, and exported.
class Eval : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    ASSERT_EQ(bcnet({"data", "synth", "--out", data(), "--count", "16", "--seed", "2"}).exit_code,
              0);
    ProgramResult result = bcnet({"train", source + "/recipes/smoke.toml", "--data", data(),
                                  "--out", run().string(), "--quiet"});
    ASSERT_EQ(result.exit_code, 0) << result.error;
    result = bcnet({"export", "--model", run().string(), "--out", onnx()});
    ASSERT_EQ(result.exit_code, 0) << result.error;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string data() { return (*folder_ / "data").string(); }
  static fs::path run() { return *folder_ / "run"; }
  static std::string weights() { return (run() / "best.safetensors").string(); }
  static std::string onnx() { return (*folder_ / "model.onnx").string(); }
  static nlohmann::json eval(const std::vector<std::string>& more) {
    std::vector<std::string> words{"eval", "--json", "-", "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = bcnet(words);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return nlohmann::json::parse(result.output);
  }

  static TemporaryFolder* folder_;
};

TemporaryFolder* Eval::folder_ = nullptr;

}  // namespace

TEST_F(Eval, GivesEveryFigureOfTheContract) {
  const auto json = eval({"--model", weights(), "--data", data()});
  for (const char* key :
       {"mean_dice", "mean_iou", "global_dice", "global_iou", "precision", "recall"}) {
    ASSERT_TRUE(json[key].is_number()) << key;
    EXPECT_GE(json[key].get<double>(), 0.0);
    EXPECT_LE(json[key].get<double>(), 1.0);
  }
  EXPECT_EQ(json["images"], 16);
  ASSERT_EQ(json["per_image"].size(), 16U);
  double sum = 0;
  for (const auto& image : json["per_image"]) {
    EXPECT_THAT(image["image"].get<std::string>(), HasSubstr("images/"));
    sum += image["dice"].get<double>();
  }
  EXPECT_NEAR(json["mean_dice"].get<double>(), sum / 16, 1e-9);
  EXPECT_LE(json["ci"]["mean_dice"][0], json["mean_dice"]);
  EXPECT_GE(json["ci"]["mean_dice"][1], json["mean_dice"]);
}

TEST_F(Eval, LibTorchAndOpenVinoAgree) {
  const auto torch = eval({"--model", weights(), "--data", data()});
  const auto openvino = eval({"--model", onnx(), "--data", data()});
  EXPECT_THAT(torch["engine"].get<std::string>(), HasSubstr("LibTorch"));
  EXPECT_THAT(openvino["engine"].get<std::string>(), HasSubstr("OpenVINO"));
  EXPECT_NEAR(torch["mean_dice"].get<double>(), openvino["mean_dice"].get<double>(), 1e-3);
}

TEST_F(Eval, RunsInBfloat16) {
  const auto full = eval({"--model", weights(), "--data", data()});
  const auto mixed = eval({"--model", weights(), "--data", data(), "--precision", "bf16"});
  EXPECT_THAT(mixed["engine"].get<std::string>(), HasSubstr("BFloat16"));
  EXPECT_NEAR(full["mean_dice"].get<double>(), mixed["mean_dice"].get<double>(), 0.05);
}

TEST_F(Eval, TemperatureGoesFromTheWeightsIntoTheOnnxFile) {
  // The smoke training's logits are of no use yet: the shipped model and its samples.
  const std::string shipped = source + "/models/bcnet.safetensors";
  const std::string samples = source + "/examples/samples";
  const std::string calibrated = (*folder_ / "calibrated.safetensors").string();
  const ProgramResult fit = bcnet({"calibrate", "--model", shipped, "--data", samples, "--out",
                                   calibrated, "--quiet", "--json", "-"});
  ASSERT_EQ(fit.exit_code, 0) << fit.error;
  const auto fitted = nlohmann::json::parse(fit.output);
  const double temperature = fitted["after"]["temperature"];
  EXPECT_NE(temperature, fitted["before"]["temperature"].get<double>());
  const std::string exported = (*folder_ / "calibrated.onnx").string();
  const ProgramResult out = bcnet({"export", "--model", calibrated, "--out", exported, "--quiet"});
  ASSERT_EQ(out.exit_code, 0) << out.error;

  const auto before = eval({"--model", shipped, "--data", samples});
  const auto torch = eval({"--model", calibrated, "--data", samples});
  const auto openvino = eval({"--model", exported, "--data", samples});
  EXPECT_EQ(torch["per_image"][0]["dice"], before["per_image"][0]["dice"]);
  EXPECT_EQ(torch["mean_iou"], before["mean_iou"]);
  EXPECT_NE(torch["calibration"]["brier"], before["calibration"]["brier"]);
  for (const auto& result : {torch, openvino}) {
    EXPECT_NEAR(result["calibration"]["temperature"].get<double>(), temperature, 1e-4);
    EXPECT_NEAR(result["calibration"]["brier"].get<double>(),
                torch["calibration"]["brier"].get<double>(), 1e-4);
  }
  const ProgramResult info = bcnet({"info", calibrated, "--json", "-"});
  EXPECT_NEAR(nlohmann::json::parse(info.output)["description"]["temperature"].get<double>(),
              temperature, 1e-4);
}

TEST_F(Eval, SplitFoldersNeedAChoice) {
  const fs::path split = *folder_ / "split";
  for (const char* name : {"train", "validation"}) {
    fs::create_directories(split / name);
    fs::create_directory_symlink(data() + "/images", split / name / "images");
    fs::create_directory_symlink(data() + "/masks", split / name / "masks");
  }
  const ProgramResult result = bcnet({"eval", "--model", weights(), "--data", split.string()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, AllOf(HasSubstr("train"), HasSubstr("validation")));
  // One picture in two splits is leakage.
  const std::vector<std::string> one{"--model",      weights(), "--data",
                                     split.string(), "--split", "validation"};
  std::vector<std::string> words{"eval"};
  words.insert(words.end(), one.begin(), one.end());
  const ProgramResult leak = bcnet(words);
  EXPECT_EQ(leak.exit_code, 3);
  EXPECT_THAT(leak.error, HasSubstr("the same picture in train and validation"));
  auto ignoring = one;
  ignoring.push_back("--ignore-data-errors");
  EXPECT_EQ(eval(ignoring)["images"], 16);
}

TEST_F(Eval, BadFileIsReportedAndTheOthersAreMeasured) {
  const fs::path broken = *folder_ / "broken";
  fs::copy(data(), broken, fs::copy_options::recursive);
  const fs::path victim = fs::directory_iterator(broken / "images")->path();
  write_text(victim, "this is no picture");
  const std::string json = (*folder_ / "broken.json").string();
  const std::vector<std::string> refused{"eval",          "--model", weights(), "--data",
                                         broken.string(), "--json",  json,      "--quiet"};
  EXPECT_EQ(bcnet(refused).exit_code, 3);
  EXPECT_FALSE(fs::exists(json));
  auto ignoring = refused;
  ignoring.push_back("--ignore-data-errors");
  const ProgramResult result = bcnet(ignoring);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr(victim.filename().string()));
  const auto written = nlohmann::json::parse(read_text(json));
  EXPECT_EQ(written["images"], 15);
  ASSERT_EQ(written["failed"].size(), 1U);
}

TEST_F(Eval, MaskOfAnotherSizeIsNamed) {
  const fs::path odd = *folder_ / "odd";
  fs::copy(data(), odd, fs::copy_options::recursive);
  const fs::path mask = fs::directory_iterator(odd / "masks")->path();
  // A valid mask, of one pixel (PNG, 8-bit grey).
  const unsigned char pixel[] = {
      0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
      0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
      0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x08,
      0xd7, 0x63, 0xf8, 0x0f, 0x00, 0x01, 0x01, 0x01, 0x00, 0x1b, 0xb6, 0xee, 0x56, 0x00,
      0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
  fs::remove(mask);
  write_text(mask.parent_path() / (mask.stem().string() + ".png"),
             std::string(reinterpret_cast<const char*>(pixel), sizeof(pixel)));
  const ProgramResult result =
      bcnet({"eval", "--model", weights(), "--data", odd.string(), "--quiet"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("1x1"));
}

TEST_F(Eval, BadModelsAreExitFour) {
  const std::string bytes = read_text(weights());
  const std::string cut = (*folder_ / "cut.safetensors").string();
  write_text(cut, bytes.substr(0, bytes.size() / 2));
  std::string flipped_bytes = bytes;
  flipped_bytes[3] = '\x7f';  // the header's length
  const std::string flipped = (*folder_ / "flipped.safetensors").string();
  write_text(flipped, flipped_bytes);
  const std::string text = (*folder_ / "text.onnx").string();
  write_text(text, "this is no model");
  const std::string half = (*folder_ / "half.onnx").string();
  const std::string model = read_text(onnx());
  write_text(half, model.substr(0, model.size() / 2));
  for (const std::string& file : {cut, flipped, text, half, std::string("nowhere.onnx")}) {
    const ProgramResult result = bcnet({"eval", "--model", file, "--data", data()});
    EXPECT_EQ(result.exit_code, 4) << file << ": " << result.error;
    EXPECT_THAT(result.error, HasSubstr(fs::path(file).filename().string()));
  }
}

TEST_F(Eval, BadUsageIsExitTwo) {
  EXPECT_EQ(bcnet({"eval"}).exit_code, 2);
  EXPECT_EQ(bcnet({"eval", "--data", data(), "--precision", "f64"}).exit_code, 2);
  EXPECT_EQ(
      bcnet({"eval", "--model", weights(), "--data", data(), "--device", "cuda:99"}).exit_code, 2);
}

TEST_F(Eval, JsonFollowsTheSchemas) {
  if (!test_python()) {
    GTEST_SKIP() << no_python;
  }
  const fs::path out = *folder_ / "schemas";
  fs::create_directories(out);
  const auto file = [&](const char* name) { return (out / name).string(); };
  // The finished run gives its result again.
  ASSERT_EQ(bcnet({"train", source + "/recipes/smoke.toml", "--data", data(), "--out",
                   run().string(), "--resume", "--json", file("train.json")})
                .exit_code,
            0);
  ASSERT_EQ(
      bcnet({"eval", "--model", onnx(), "--data", data(), "--json", file("eval.json")}).exit_code,
      0);
  ASSERT_EQ(bcnet({"predict", data() + "/images", "--model", onnx(), "--out", file("masks"),
                   "--json", file("predict.json"), "--save", "json"})
                .exit_code,
            0);
  ASSERT_EQ(bcnet({"export", "--model", run().string(), "--out", file("again.onnx"), "--json",
                   file("export.json")})
                .exit_code,
            0);
  ASSERT_EQ(bcnet({"info", onnx(), "--json", file("info.json")}).exit_code, 0);
  bcnet({"doctor", "--json", file("doctor.json")});
  expect_schemas({{"train", file("train.json")},
                  {"eval", file("eval.json")},
                  {"predict", file("predict.json")},
                  {"prediction-line", file("masks/predictions.jsonl")},
                  {"export", file("export.json")},
                  {"info", file("info.json")},
                  {"doctor", file("doctor.json")},
                  {"metrics-line", (run() / "metrics.jsonl").string()}});
}

TEST_F(Eval, InfoDescribesEachKindOfFile) {
  const auto info = [](const std::string& file) {
    const ProgramResult result = bcnet({"info", file, "--json", "-"});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return nlohmann::json::parse(result.output);
  };
  const auto model = info(onnx());
  const auto saved = info(weights());
  const auto recipe = info(source + "/recipes/smoke.toml");
  EXPECT_EQ(model["parameters"], saved["parameters"]);
  EXPECT_EQ(model["parameters"], recipe["parameters"]);
  EXPECT_EQ(model["architecture"]["backbone"], "efficientnet_lite0");
  EXPECT_EQ(model["description"], saved["description"]);
  EXPECT_EQ(model["description"]["recipe_sha256"], recipe["recipe_sha256"]);
  const auto article = info(source + "/recipes/article/bcnet.toml");
  EXPECT_NEAR(article["parameters"].get<double>(), 28.7e6, 0.02 * 28.7e6);
  EXPECT_EQ(bcnet({"info", "nowhere.onnx"}).exit_code, 4);
}

}  // namespace bcnet::test
