#include "cli/hand_over.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

bool needs(std::vector<std::string> words) {
  words.insert(words.begin(), "bcnet");
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  return needs_libtorch(static_cast<int>(argv.size()), argv.data());
}

TEST(HandOver, RuntimeVerbsNeedNoLibTorch) {
  unsetenv("BCNET_MODEL");
  EXPECT_FALSE(needs({"predict", "images", "--out", "masks"}));
  EXPECT_FALSE(needs({"eval", "--data", "images", "--model", "polyps.onnx"}));
  EXPECT_FALSE(needs({"data", "synth", "--out", "made-up"}));
  EXPECT_FALSE(needs({"bench", "infer", "images"}));
  EXPECT_FALSE(needs({"bench", "infer", "images", "--model", "best.safetensors"}));  // refused
  EXPECT_FALSE(needs({"report", "runs/lite"}));
  EXPECT_TRUE(needs({"bench", "train"}));
  EXPECT_TRUE(needs({"bench"}));
  EXPECT_TRUE(needs({"bench", "--help"}));
  EXPECT_FALSE(needs({}));
  EXPECT_FALSE(needs({"--help"}));
  EXPECT_FALSE(needs({"--version"}));
  EXPECT_TRUE(needs({"--help", "train"}));
  EXPECT_TRUE(needs({"doctor"}));
  EXPECT_TRUE(needs({"info", "polyps.onnx"}));
  EXPECT_FALSE(needs({"quantize", "--help"}));
  EXPECT_FALSE(needs({"quantize", "--data", "images", "--model", "polyps.onnx"}));
  EXPECT_FALSE(needs({"quantize", "--model=polyps.ONNX", "--data", "images"}));
  EXPECT_TRUE(needs({"quantize", "--data", "images", "--model", "runs/lite"}));
  EXPECT_TRUE(needs({"quantize", "--model=best.safetensors"}));
  EXPECT_TRUE(needs({"train", "recipe.toml"}));
  EXPECT_TRUE(needs({"average", "runs/a", "runs/b"}));
  EXPECT_TRUE(needs({"eval", "--data", "images", "--model", "best.safetensors"}));
  EXPECT_TRUE(needs({"eval", "--data", "images", "--model=RUN/Best.SafeTensors"}));
  setenv("BCNET_MODEL", "best.safetensors", 1);
  EXPECT_TRUE(needs({"predict", "images", "--out", "masks"}));
  unsetenv("BCNET_MODEL");
}

TEST(HandOver, TheProgramLinksNoLibTorch) {
  const auto linked = test::run_program({"ldd", test::bcnet_path()});
  ASSERT_EQ(linked.exit_code, 0) << linked.error;
  EXPECT_THAT(linked.output, HasSubstr("libopenvino"));
  EXPECT_THAT(linked.output, Not(HasSubstr("libtorch")));
}

TEST(HandOver, BothProgramsListTheSameVerbs) {
  const auto help = test::bcnet({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, HasSubstr("Train a network by a recipe"));
  EXPECT_EQ(test::run_program({test::bcnet_path() + "-train", "--help"}).output, help.output);
}

// A copy of bcnet without bcnet-train beside it, OpenVINO found as before.
TEST(HandOver, WhatNeedsNoLibTorchStartsAlone) {
  const test::TemporaryFolder folder;
  const std::string program = (folder / "bcnet").string();
  fs::copy_file(test::bcnet_path(), program);
  EXPECT_EQ(test::run_program({program, "--help"}).exit_code, 0);
  EXPECT_EQ(test::run_program({program, "--version"}).exit_code, 0);
  EXPECT_EQ(test::run_program({program}).exit_code, 2);
  const auto quantize = test::run_program({program, "quantize", "--model", "none.onnx", "--data",
                                           BCNET_SOURCE_DIR "/examples/samples", "--out",
                                           (folder / "8.onnx").string()});
  EXPECT_EQ(quantize.exit_code, 4) << quantize.error;
  EXPECT_THAT(quantize.error, HasSubstr("none.onnx"));
}

TEST(HandOver, GivesBackOutputAndExitCode) {
  const auto help = test::bcnet({"train", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, HasSubstr("bcnet train recipes/"));
  EXPECT_EQ(test::bcnet({"train", "none.toml", "--data", "none", "--out", "none"}).exit_code, 2);
}

TEST(HandOver, SaysThatTheOtherProgramIsMissing) {
  const test::TemporaryFolder folder;
  fs::copy_file(test::bcnet_path(), folder / "bcnet");
  const auto result = test::run_program({(folder / "bcnet").string(), "train", "--help"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error, HasSubstr("bcnet-train: cannot start: No such file or directory"));
}

}  // namespace
}  // namespace bcnet::cli
