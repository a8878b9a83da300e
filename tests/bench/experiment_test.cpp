#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const std::string source = BCNET_SOURCE_DIR;

/// bench/experiment on a few made-up pictures, its runs and its table in a folder of their own.
class Experiment : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(bcnet({"data", "synth", "--out", file("data"), "--count", "12"}).exit_code, 0);
  }

  std::string file(const std::string& name) { return (folder_ / name).string(); }

  ProgramResult experiment(const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words{source + "/bench/experiment",
                                   "--base",
                                   source + "/recipes/smoke.toml",
                                   "--bcnet",
                                   bcnet_path(),
                                   "--runs",
                                   file("runs"),
                                   "--out",
                                   file("table.md"),
                                   "--data",
                                   file("data"),
                                   "--name",
                                   name};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }

  std::vector<std::string> cells(std::size_t row) {
    std::istringstream lines(read_text(file("table.md")));
    std::vector<std::string> rows;
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind("| ", 0) == 0) {
        rows.push_back(line);
      }
    }
    std::vector<std::string> found;
    std::istringstream words(rows.at(row + 2));  // below the head and its line
    for (std::string cell; std::getline(words, cell, '|');) {
      found.push_back(cell);
    }
    return found;
  }

  TemporaryFolder folder_;
};

}  // namespace

TEST_F(Experiment, AddsALineForEachChange) {
  const std::vector<std::string> small{"--set", "stages.1=", "--set", "stages.0.size=32"};
  auto words = small;
  words.insert(words.end(), {"--set", "loss.iou=\"batch\"", "--seeds", "1", "2"});
  const ProgramResult first = experiment("batch IoU", words);
  ASSERT_EQ(first.exit_code, 0) << first.error;
  words = small;
  words.insert(words.end(), {"--epochs", "1"});
  ASSERT_EQ(experiment("one epoch", words).exit_code, 0);

  const auto batch = cells(0);
  EXPECT_EQ(batch.at(1), " batch IoU ");
  EXPECT_EQ(batch.at(2), " 1 2 ");
  EXPECT_EQ(batch.at(3), " 2 ");
  EXPECT_THAT(batch.at(4), MatchesRegex(" 0\\.[0-9]{4} . 0\\.[0-9]{4} |.*±.*"));
  EXPECT_THAT(batch.at(7), MatchesRegex(" [0-9]+\\.[0-9] at 32 "));
  EXPECT_THAT(batch.at(9), HasSubstr("--set 'loss.iou=\"batch\"'"));
  EXPECT_EQ(cells(1).at(3), " 1 ");
  const std::string recipe = read_text(file("runs/batch-iou-2.toml"));
  EXPECT_THAT(recipe, HasSubstr("seed = 2\n"));
  EXPECT_THAT(recipe, HasSubstr("iou = \"batch\"\n"));
  EXPECT_THAT(recipe, HasSubstr("size = 32\n"));
  EXPECT_FALSE(fs::exists(file("runs/one-epoch-2")));
}

TEST_F(Experiment, RefusesWhatIsNoChange) {
  const ProgramResult result = experiment("nothing", {"--set", "loss.iou"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("found 'loss.iou', KEY=VALUE is expected"));
  const ProgramResult unknown = experiment("unknown", {"--set", "loss.iuo=\"batch\""});
  EXPECT_NE(unknown.exit_code, 0);
  EXPECT_THAT(unknown.error, HasSubstr("iuo"));
  EXPECT_FALSE(fs::exists(file("table.md")));
}

}  // namespace bcnet::test
