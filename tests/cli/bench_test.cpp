#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "core/cpu.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/tiny_recipe.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string source = BCNET_SOURCE_DIR;

const std::string tiny_recipe = std::string(tiny_recipe_head) + R"(
[[stages]]
name = "first"
size = 64
augmentation = "lite"
[[stages]]
name = "second"
size = 32
freeze = ["backbone._conv_stem"]
)";

/// Data and recipe, made once for all tests of this file.
class Bench : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    ASSERT_EQ(bcnet({"data", "synth", "--out", data(), "--count", "12", "--seed", "5"}).exit_code,
              0);
    write_text(recipe(), tiny_recipe);
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string file(const std::string& name) { return (*folder_ / name).string(); }
  static std::string data() { return file("data"); }
  static std::string recipe() { return file("tiny.toml"); }

  static ProgramResult bench(const std::string& what, const std::vector<std::string>& more) {
    std::vector<std::string> words{"bench",  what,   "--recipe", recipe(),
                                   "--data", data(), "--quiet"};
    if (what == "train") {
      words.insert(words.end(), {"--threads", "1"});
    }
    words.insert(words.end(), more.begin(), more.end());
    return bcnet(words);
  }
  /// A step of `bench train` with more in the environment; with, behind it: further words.
  static ProgramResult bench_with(const std::map<std::string, std::string>& environment,
                                  const std::vector<std::string>& with) {
    std::vector<std::string> words{
        "bench",  "train", "--recipe", recipe(), "--data",   data(), "--quiet",   "--threads", "1",
        "--size", "32",    "--steps",  "1",      "--warmup", "0",    "--profile", "0"};
    words.insert(words.end(), with.begin(), with.end());
    return bcnet(words, environment);
  }
  static nlohmann::json json_of(const std::string& what, std::vector<std::string> more) {
    more.insert(more.end(), {"--json", "-"});
    const ProgramResult result = bench(what, more);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return nlohmann::json::parse(result.output, nullptr, false);
  }

  static TemporaryFolder* folder_;
};

TemporaryFolder* Bench::folder_ = nullptr;

double sum_of(const nlohmann::json& entries, const char* key) {
  double sum = 0;
  for (const auto& entry : entries) {
    sum += entry[key].get<double>();
  }
  return sum;
}

}  // namespace

TEST_F(Bench, TrainMeasuresEveryStage) {
  const auto result = json_of("train", {"--steps", "3", "--warmup", "1", "--profile", "1"});
  ASSERT_EQ(result["stages"].size(), 2U);
  EXPECT_EQ(result["stages"][0]["size"], 64);
  EXPECT_EQ(result["stages"][1]["stage"], "second");
  EXPECT_GT(result["peak_memory_mb"].get<double>(), 10);
  for (const auto& stage : result["stages"]) {
    EXPECT_EQ(stage["steps_ms"].size(), 3U);
    const double mean = stage["step_ms"]["mean"];
    EXPECT_NEAR(sum_of(stage["phases"], "ms"), mean, 1e-6 * mean);
    EXPECT_NEAR(sum_of(stage["phases"], "share"), 1, 1e-9);
    for (const std::size_t phase : {1U, 2U, 3U, 4U, 5U}) {  // those of the step itself
      EXPECT_GT(stage["phases"][phase]["ms"].get<double>(), 0) << phase;
    }
    EXPECT_NEAR(stage["images_per_second"].get<double>() * stage["ms_an_image"].get<double>(), 1e3,
                1e-6);
  }
}

TEST_F(Bench, OperatorsAddUpToForwardLossAndBackward) {
  const auto result =
      json_of("train", {"--size", "64", "--steps", "1", "--warmup", "0", "--profile", "2"});
  ASSERT_EQ(result["stages"].size(), 1U);
  const auto& recorded = result["stages"][0]["recorded"];
  EXPECT_EQ(recorded["steps"], 2);
  const double operators =
      sum_of(recorded["kinds"], "forward_ms") + sum_of(recorded["kinds"], "backward_ms");
  const auto& phases = recorded["phases"];
  const double step =
      phases[1]["ms"].get<double>() + phases[2]["ms"].get<double>() + phases[3]["ms"].get<double>();
  EXPECT_NEAR(operators, step, 0.02 * step);
  for (const char* kind : {"convolution", "depthwise", "pointwise", "batch norm", "activation",
                           "attention", "resize", "loss"}) {
    const auto found =
        std::find_if(recorded["kinds"].begin(), recorded["kinds"].end(),
                     [&](const nlohmann::json& entry) { return entry["kind"] == kind; });
    ASSERT_NE(found, recorded["kinds"].end()) << kind;
    EXPECT_GT((*found)["forward_ms"].get<double>() + (*found)["backward_ms"].get<double>(), 0)
        << kind;
  }
}

TEST_F(Bench, FirstLossesRepeatAndCanBeSaved) {
  const std::vector<std::string> words{"--size", "64", "--steps", "0", "--losses", "3"};
  auto saving = words;
  saving.insert(saving.end(), {"--save-batches", file("batches.safetensors")});
  const auto first = json_of("train", saving);
  const auto again = json_of("train", words);
  ASSERT_EQ(first["first_losses"]["losses"].size(), 3U);
  EXPECT_EQ(first["first_losses"], again["first_losses"]);
  EXPECT_TRUE(first["stages"].empty());

  const std::string bytes = read_text(file("batches.safetensors"));
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  EXPECT_EQ(header["0.images"]["shape"], nlohmann::json({4, 64, 64, 3}));
  EXPECT_EQ(header["2.edge_weights"]["shape"], nlohmann::json({4, 64, 64}));
  EXPECT_TRUE(header.contains("network.mask_head.weight"));
  EXPECT_EQ(nlohmann::json::parse(header["__metadata__"]["bcnet.first_losses"].get<std::string>()),
            first["first_losses"]);
}

TEST_F(Bench, LoaderMeasuresEveryStage) {
  const auto result = json_of("loader", {"--steps", "2"});
  ASSERT_EQ(result["stages"].size(), 2U);
  EXPECT_EQ(result["images"], 8);
  for (const auto& stage : result["stages"]) {
    EXPECT_EQ(stage["decoding"]["images"], 8);
    EXPECT_GT(stage["cached"]["images_per_second"].get<double>(), 0);
    EXPECT_GT(stage["cache_mb"].get<double>(), 0);
  }
}

TEST_F(Bench, TablesNameWhatWasMeasured) {
  const ProgramResult train =
      bench("train", {"--size", "32", "--batch", "2", "--steps", "1", "--warmup", "0"});
  EXPECT_EQ(train.exit_code, 0) << train.error;
  EXPECT_THAT(train.output,
              AllOf(HasSubstr("LibTorch"), HasSubstr("batch 2"), HasSubstr("images/s"),
                    HasSubstr("backward"), HasSubstr("depthwise"), HasSubstr("peak memory")));
  const ProgramResult loader = bench("loader", {"--steps", "1", "--threads", "2"});
  EXPECT_EQ(loader.exit_code, 0) << loader.error;
  EXPECT_THAT(loader.output, AllOf(HasSubstr("decoding, images/s"), HasSubstr("second")));
}

TEST_F(Bench, EnvironmentChoosesTheKernels) {
  const auto environment = [](const std::map<std::string, std::string>& set) {
    const ProgramResult result = bench_with(set, {"--precision", "auto", "--json", "-"});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_THAT(result.error, Not(HasSubstr("bf16")));
    return nlohmann::json::parse(result.output)["environment"];
  };
  EXPECT_EQ(environment({{"BCNET_KERNELS", "baseline"}})["kernels"], "baseline");
  const auto held = environment({{"ATEN_CPU_CAPABILITY", "default"}});
  EXPECT_EQ(held["kernels"], "baseline");
  EXPECT_EQ(held["precision"], "Float");  // auto, where bfloat16 would be slow
  EXPECT_EQ(environment({{"ONEDNN_MAX_CPU_ISA", "AVX2"}})["precision"], "Float");

  const ProgramResult table = bench_with({{"BCNET_KERNELS", "baseline"}}, {});
  EXPECT_THAT(table.output, HasSubstr("kernels baseline"));
}

TEST_F(Bench, KernelsThatAreNotThereAreExitTwo) {
  const ProgramResult result = bench_with({{"BCNET_KERNELS", "sse9"}}, {});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, AllOf(HasSubstr("BCNET_KERNELS: found 'sse9'"),
                                  HasSubstr("allowed here are"), HasSubstr("baseline")));
}

TEST_F(Bench, InstructionsThatLibTorchCannotRunWithAreExitTwo) {
  const auto refused = [](const std::string& variable, const std::string& value) {
    const ProgramResult result = bench_with({{variable, value}}, {});
    EXPECT_EQ(result.exit_code, 2) << variable;
    EXPECT_THAT(result.error, HasSubstr(variable + ": found '" + value + "'"));
  };
  refused("ATEN_CPU_CAPABILITY", "avx9");
  refused("ONEDNN_MAX_CPU_ISA", "AVX3");
  if (!host_cpu().avx512()) {  // LibTorch takes the word for it, and the first kernel kills it
    refused("ATEN_CPU_CAPABILITY", "avx512");
  }
}

TEST_F(Bench, SlowBfloat16IsAWarning) {
  const ProgramResult slow =
      bench_with({{"ATEN_CPU_CAPABILITY", "default"}}, {"--precision", "bf16"});
  EXPECT_EQ(slow.exit_code, 0) << slow.error;
  EXPECT_THAT(slow.error,
              AllOf(HasSubstr("'bf16'"), HasSubstr("kernels baseline"), HasSubstr("f32")));
  const ProgramResult fine = bench_with({}, {"--precision", "f32"});
  EXPECT_THAT(fine.error, Not(HasSubstr("bf16")));
}

TEST_F(Bench, EmptyFolderIsExitThree) {
  fs::create_directories(file("empty"));
  fs::create_directories(file("hollow") + "/images");
  fs::create_directories(file("hollow") + "/masks");
  for (const char* what : {"train", "loader"}) {
    for (const char* folder : {"empty", "hollow", "nowhere"}) {
      const ProgramResult result =
          bcnet({"bench", what, "--recipe", recipe(), "--data", file(folder)});
      EXPECT_EQ(result.exit_code, 3) << what << " " << folder;
      EXPECT_THAT(result.error, HasSubstr(folder)) << what;
    }
  }
}

TEST_F(Bench, FewerPairsThanABatchIsExitThree) {
  const ProgramResult result = bench("train", {"--batch", "64"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, AllOf(HasSubstr("training pairs"), HasSubstr("batch_size = 64")));
}

TEST_F(Bench, BadUsageIsExitTwo) {
  EXPECT_EQ(bcnet({"bench"}).exit_code, 2);
  for (const char* what : {"train", "loader"}) {
    const ProgramResult missing =
        bcnet({"bench", what, "--recipe", file("none.toml"), "--data", data()});
    EXPECT_EQ(missing.exit_code, 2) << what;
    EXPECT_THAT(missing.error, HasSubstr("none.toml")) << what;
    const ProgramResult size = bench(what, {"--size", "100"});
    EXPECT_EQ(size.exit_code, 2) << what;
    EXPECT_THAT(size.error, AllOf(HasSubstr("--size: found 100"), HasSubstr("multiple of 32")));
    EXPECT_EQ(bench(what, {"--batch", "1"}).exit_code, 2) << what;
  }
  EXPECT_EQ(bench("train", {"--save-batches", file("x.safetensors")}).exit_code, 2);
  EXPECT_EQ(bench("train", {"--precision", "f16"}).exit_code, 2);
  EXPECT_EQ(bench("train", {"--device", "cuda:99"}).exit_code, 2);
}

TEST_F(Bench, InitThatDoesNotFitIsExitFour) {
  const ProgramResult result =
      bench("train", {"--init", source + "/models/bcnet.safetensors", "--steps", "1"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.error, HasSubstr("bcnet.safetensors"));
}

TEST_F(Bench, JsonFollowsTheSchemas) {
  if (!test_python()) {
    GTEST_SKIP() << no_python;
  }
  ASSERT_EQ(bench("train",
                  {"--size", "32", "--steps", "1", "--losses", "1", "--json", file("train.json")})
                .exit_code,
            0);
  ASSERT_EQ(bench("loader", {"--steps", "1", "--json", file("loader.json")}).exit_code, 0);
  expect_schemas({{"bench-train", file("train.json")}, {"bench-loader", file("loader.json")}});
}

}  // namespace bcnet::test
