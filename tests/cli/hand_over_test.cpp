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
  EXPECT_FALSE(needs({"report", "runs/lite"}));
  EXPECT_TRUE(needs({"bench", "train"}));
  EXPECT_TRUE(needs({"bench"}));
  EXPECT_TRUE(needs({}));
  EXPECT_TRUE(needs({"--help"}));
  EXPECT_TRUE(needs({"train", "recipe.toml"}));
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
