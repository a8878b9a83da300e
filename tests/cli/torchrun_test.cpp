// The launcher that PyTorch brings, where bench/peers/setup has installed it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "support/json_lines.h"
#include "support/launched.h"
#include "support/program.h"
#include "support/temporary_folder.h"
#include "support/tiny_recipe.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The process whose command line and environment have these, if any.
std::optional<pid_t> find_process(const std::string& word, const std::string& variable) {
  const auto holds = [](const fs::path& file, const std::string& text) {
    std::ifstream in(file, std::ios::binary);  // ends of others' processes are not ours to mind
    const std::string all((std::istreambuf_iterator<char>(in)), {});
    return ('\0' + all).find('\0' + text + '\0') != std::string::npos;
  };
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    pid_t id = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), id);
    if (read.ec == std::errc() && holds(entry.path() / "cmdline", word) &&
        holds(entry.path() / "environ", variable)) {
      return id;
    }
  }
  return std::nullopt;
}

/// Of each epoch that the run has ended.
std::vector<int> epochs_of(const fs::path& run) {
  std::vector<int> epochs;
  for (const auto& line : json_lines(run / "metrics.jsonl")) {
    epochs.push_back(line.at("epoch").get<int>());
  }
  return epochs;
}

TEST(Torchrun, StartsAgainWhatGoesOnFromItsCheckpoint) {
  const fs::path torchrun = BCNET_BINARY_DIR "/deps/peers-venv/bin/torchrun";
  if (!fs::exists(torchrun)) {
    GTEST_SKIP() << "no torchrun: bench/peers/setup installs it";
  }
  const TemporaryFolder folder;
  const std::string data = (folder / "data").string();
  const fs::path recipe = folder / "tiny.toml", run = folder / "run";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "24", "--seed", "5"}).exit_code, 0);
  write_text(recipe, std::string(tiny_recipe_head) +
                         "[run]\nvalidation_size = 64\ncheckpoint_seconds = 0\n"
                         "[[stages]]\nepochs = 6\nsize = 64\nlearning_rate = 2e-6\n");
  auto ended = std::async(std::launch::async, [&] {
    return run_program({torchrun.string(),
                        "--no-python",
                        "--nproc-per-node",
                        "2",
                        "--max-restarts",
                        "1",
                        "--monitor-interval",
                        "0.2",
                        "--master-port",
                        std::to_string(free_port()),
                        bcnet_path(),
                        "train",
                        recipe.string(),
                        "--data",
                        data,
                        "--out",
                        run.string(),
                        "--world",
                        "env",
                        "--resume"},
                       {{"OMP_NUM_THREADS", "1"}});
  });
  ASSERT_TRUE(wait_until([&] { return epochs_of(run).size() >= 2; }));
  const auto second = find_process(run.string(), "RANK=1");
  ASSERT_TRUE(second);
  ::kill(*second, SIGKILL);
  const ProgramResult result = ended.get();
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("process 1 is gone"));
  EXPECT_THAT(result.output + result.error, HasSubstr("goes on in epoch"));
  EXPECT_THAT(result.output, HasSubstr("6 epochs; best epoch"));
  EXPECT_THAT(epochs_of(run), ElementsAre(1, 2, 3, 4, 5, 6));
}

}  // namespace

}  // namespace bcnet::test
