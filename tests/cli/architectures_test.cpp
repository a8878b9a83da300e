// Each architecture through the same verbs: train, info, eval, export, predict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

struct Case {
  const char* name;
  const char* model;  ///< the recipe's [model]
  const char* focus;  ///< of its stage
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case cases[]{
    {"bcnet",
     "backbone = \"efficientnet_lite0\"\nchannels = 8\nboundary_channels = 8\n"
     "pretrained = false\nacfim = \"foreground\"\ngfim = false\n",
     "cfis"},
    {"pranet", "backbone = \"efficientnet_lite0\"\nchannels = 8\npretrained = false\n",
     "attention"},
    {"unet", "base = 4\n", "decoder"},
};

std::string recipe_of(const Case& c) {
  return "seed = 3\nprecision = \"f32\"\n[model]\narchitecture = \"" + std::string(c.name) +
         "\"\n" + c.model +
         "[data]\nbatch_size = 4\n[optimizer]\nema_decay = 0\n[run]\nvalidation_size = 64\n"
         "[[stages]]\nepochs = 1\nsize = 64\nlearning_rate = 1e-3\nfocus = \"" +
         c.focus + "\"\n";
}

/// Data, and one run of each architecture, made once for all tests of this file.
class Architecture : public testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    ASSERT_EQ(bcnet({"data", "synth", "--out", data(), "--count", "12", "--seed", "5"}).exit_code,
              0);
    for (const Case& c : cases) {
      write_text(recipe(c.name), recipe_of(c));
      const auto result = bcnet({"train", recipe(c.name).string(), "--data", data(), "--out",
                                 run(c.name).string(), "--threads", "1", "--quiet"});
      ASSERT_EQ(result.exit_code, 0) << c.name << ": " << result.error;
    }
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string data() { return (*folder_ / "data").string(); }
  static fs::path recipe(const std::string& name) { return *folder_ / (name + ".toml"); }
  static fs::path run(const std::string& name) { return *folder_ / name; }
  static std::string best(const std::string& name) {
    return (run(name) / "best.safetensors").string();
  }

  static nlohmann::json info(const std::string& file) {
    const auto result = bcnet({"info", file, "--json", "-"});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return nlohmann::json::parse(result.output);
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};

std::unique_ptr<TemporaryFolder> Architecture::folder_;

TEST_P(Architecture, IsInTheInfoOfRecipeAndWeights) {
  const std::string name = GetParam().name;
  const auto of_recipe = info(recipe(name).string());
  const auto of_weights = info(best(name));
  EXPECT_EQ(of_weights["architecture"]["name"], name);
  EXPECT_EQ(of_weights["architecture"], of_recipe["architecture"]);
  EXPECT_EQ(of_weights["modules"], of_recipe["modules"]);
  EXPECT_GT(of_recipe["macs"].get<std::int64_t>(), 0);
  std::int64_t parameters = 0;
  for (const auto& module : of_recipe["modules"].items()) {
    parameters += module.value().get<std::int64_t>();
  }
  EXPECT_EQ(parameters, of_recipe["parameters"].get<std::int64_t>());
}

TEST_P(Architecture, EvaluatesExportsAndPredictsAlike) {
  const std::string name = GetParam().name;
  const std::string onnx = (run(name) / "model.onnx").string();
  const auto exported = bcnet({"export", "--model", run(name).string(), "--out", onnx});
  ASSERT_EQ(exported.exit_code, 0) << exported.error;
  EXPECT_EQ(info(onnx)["architecture"]["name"], name);

  const auto dice = [&](const std::string& model) {
    const auto result =
        bcnet({"eval", "--model", model, "--data", data(), "--quiet", "--json", "-"});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return nlohmann::json::parse(result.output)["mean_dice"].get<double>();
  };
  EXPECT_NEAR(dice(onnx), dice(best(name)), 1e-3);

  const fs::path out = run(name) / "masks";
  const auto predicted = bcnet(
      {"predict", data() + "/images", "--model", best(name), "--out", out.string(), "--quiet"});
  EXPECT_EQ(predicted.exit_code, 0) << predicted.error;
  EXPECT_TRUE(fs::exists(out / "predictions.jsonl"));
}

TEST_P(Architecture, TakesNoWeightsOfAnother) {
  const std::string name = GetParam().name;
  const std::string other = name == "unet" ? "pranet" : "unet";
  const auto result =
      bcnet({"train", recipe(name).string(), "--data", data(), "--out",
             (*folder_ / ("misfit " + name)).string(), "--init", best(other), "--quiet"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.error, AllOf(HasSubstr("best.safetensors: bcnet.architecture: found " + other),
                                  HasSubstr("the recipe's is " + name)));
  EXPECT_FALSE(fs::exists(*folder_ / ("misfit " + name)));
}

INSTANTIATE_TEST_SUITE_P(All, Architecture, testing::ValuesIn(cases),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace bcnet::test
