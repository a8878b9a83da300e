#include "cli/train_half.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string samples = BCNET_SOURCE_DIR "/examples/samples";
const std::string weights = BCNET_SOURCE_DIR "/models/bcnet.safetensors";

/// What the dynamic loader says of a run that must succeed.
std::string loaded_by(const std::vector<std::string>& arguments) {
  const auto result = test::bcnet(arguments, {{"LD_DEBUG", "files"}});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return result.error;
}

TEST(TrainHalf, RuntimeVerbsLoadNoLibTorch) {
  const test::TemporaryFolder folder;
  const std::string synthetic = (folder / "synthetic").string();
  const std::string masks = (folder / "masks").string();
  EXPECT_THAT(loaded_by({"--help"}), Not(HasSubstr("libtorch")));
  EXPECT_THAT(loaded_by({"--version"}), Not(HasSubstr("libtorch")));
  EXPECT_THAT(loaded_by({"bench", "--help"}), Not(HasSubstr("libtorch")));
  EXPECT_THAT(loaded_by({"quantize", "--help"}), Not(HasSubstr("libtorch")));
  EXPECT_THAT(loaded_by({"data", "synth", "--out", synthetic, "--count", "2"}),
              Not(HasSubstr("libtorch")));
  EXPECT_THAT(loaded_by({"predict", synthetic + "/images", "--out", masks}),
              Not(HasSubstr("libtorch")));
}

TEST(ServePart, IsLoadedByServeAlone) {
  EXPECT_THAT(loaded_by({"serve", "--help"}), HasSubstr("bcnet-serve.so"));
  EXPECT_THAT(loaded_by({"--help"}), Not(HasSubstr("bcnet-serve.so")));
  EXPECT_THAT(loaded_by({"predict", "--help"}), Not(HasSubstr("bcnet-serve.so")));
}

TEST(OpencvCodecs, AreLoadedWithThePictureThatNeedsThem) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(loaded_by({"--help"}), Not(HasSubstr("imgcodecs")));
  EXPECT_THAT(loaded_by({"predict", "--help"}), Not(HasSubstr("imgcodecs")));
  EXPECT_THAT(loaded_by({"predict", samples + "/images", "--out", (folder / "masks").string()}),
              HasSubstr("libopencv_imgcodecs"));
}

TEST(TrainHalf, IsLoadedByWhatNeedsIt) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(loaded_by({"train", "--help"}), HasSubstr("libtorch"));
  EXPECT_THAT(loaded_by({"bench", "train", "--help"}), HasSubstr("libtorch"));
  EXPECT_THAT(loaded_by({"info", weights}), HasSubstr("libtorch"));
}

// Whatever the file and however the flag is written: what is opened decides, not the words.
TEST(TrainHalf, RunsAWeightFileInAnyVerb) {
  const test::TemporaryFolder folder;
  const std::string copy = (folder / "Best.SafeTensors").string();
  fs::copy_file(weights, copy);
  const auto eval = test::bcnet({"eval", "--data", samples, "--model=" + copy, "--json", "-"});
  EXPECT_EQ(eval.exit_code, 0) << eval.error;
  EXPECT_THAT(eval.output, HasSubstr("LibTorch"));
  const auto predict =
      test::bcnet({"predict", samples + "/images", "--out", (folder / "masks").string()},
                  {{"BCNET_MODEL", copy}});
  EXPECT_EQ(predict.exit_code, 0) << predict.error;
}

TEST(TrainHalf, GivesVerbsTheirHelpAndExitCodes) {
  const auto help = test::bcnet({"train", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, HasSubstr("bcnet train recipes/"));
  EXPECT_EQ(test::bcnet({"train", "none.toml", "--data", "none", "--out", "none"}).exit_code, 2);
  EXPECT_EQ(test::bcnet({"train", "--no-such-flag"}).exit_code, 2);
  EXPECT_THAT(test::bcnet({"--help"}).output, HasSubstr("Train a network by a recipe"));
}

// A copy of the program with nothing beside it, OpenVINO found as before.
class Alone : public testing::Test {
 protected:
  Alone() {
    fs::create_directories(folder_ / "bin");
    fs::copy_file(test::bcnet_path(), program_);
  }
  test::ProgramResult run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), program_);
    return test::run_program(arguments);
  }
  static fs::path modules_of(const fs::path& program) {
    return program.parent_path() / BCNET_MODULES_FROM_PROGRAM;
  }
  test::TemporaryFolder folder_;
  std::string program_ = (folder_ / "bin" / "bcnet").string();
};

TEST_F(Alone, RunsWhatNeedsNoLibTorch) {
  const auto help = run({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, Not(HasSubstr("Train a network")));
  EXPECT_EQ(run({"--version"}).exit_code, 0);
  EXPECT_EQ(run({}).exit_code, 2);
  const std::string model = BCNET_SOURCE_DIR "/models/bcnet-int8.onnx";
  const auto doctor = run({"doctor", "--model", model});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.error;
  EXPECT_THAT(doctor.output, HasSubstr("BCNET_TRAIN=ON"));
  const auto info = run({"info", model});
  EXPECT_EQ(info.exit_code, 0) << info.error;
  EXPECT_THAT(info.output, HasSubstr("ONNX model"));
}

TEST_F(Alone, SaysWhatIsMissing) {
  fs::create_directories(modules_of(program_));
  fs::copy(modules_of(test::bcnet_path()) / "bcnet-imgcodecs.so", modules_of(program_));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"train", "recipe.toml"},
           {"train", "--help"},
           {"bench", "loader"},
           {"info", weights},
           {"eval", "--data", samples, "--model", weights},
           {"quantize", "--data", samples, "--model", weights, "--out", "8.onnx"}}) {
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 2) << words.front();
    EXPECT_THAT(result.error, HasSubstr("needs LibTorch, and this build has no LibTorch half"));
  }
}

TEST_F(Alone, SaysThatTheServerIsMissing) {
  for (const char* more : {"--help", "--quiet"}) {
    const auto result = run({"serve", more});
    EXPECT_EQ(result.exit_code, 2) << more;
    EXPECT_THAT(result.error, HasSubstr("serve: this installation has no bcnet-serve.so"));
  }
}

TEST_F(Alone, SaysThatOpencvsCodecsAreMissing) {
  const auto result = run({"predict", samples + "/images", "--out", (folder_ / "masks").string(),
                           "--model", BCNET_SOURCE_DIR "/models/bcnet-int8.onnx"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("bcnet-imgcodecs.so: cannot be loaded"));
}

TEST_F(Alone, RefusesAnotherProgramsModule) {
  fs::create_directories(modules_of(program_));
  test::write_text(modules_of(program_) / "bcnet-train.so", "text");
  const auto result = run({"train", "--help"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error, HasSubstr("bcnet-train.so: cannot be loaded"));
}

}  // namespace
}  // namespace bcnet::cli
