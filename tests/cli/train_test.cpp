#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/program.h"
#include "support/temporary_folder.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// Two stages, four steps an epoch, a checkpoint after each step.
const char* const tiny_recipe = R"(
seed = 3
precision = "f32"
[model]
backbone = "efficientnet_lite0"
channels = 8
boundary_channels = 8
pretrained = false
[data]
batch_size = 4
[optimizer]
ema_decay = 0.9
[run]
validation_size = 64
checkpoint_seconds = 0
[[stages]]
name = "first"
epochs = 2
size = 64
learning_rate = 2e-3
schedule = "cosine"
augmentation = "strong"
quantize = true
[[stages]]
name = "second"
epochs = 1
size = 32
learning_rate = 1e-3
augmentation = "weak"
focus = "bbem"
freeze = ["backbone._conv_stem", "backbone._bn0"]
)";

std::vector<nlohmann::json> metrics_of(const fs::path& run) {
  std::vector<nlohmann::json> lines;
  std::ifstream in(run / "metrics.jsonl");
  std::string line;
  while (std::getline(in, line)) {
    lines.push_back(nlohmann::json::parse(line));
  }
  return lines;
}

/// Data, recipe and one whole run, made once for all tests of this file.
class Train : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    ASSERT_EQ(bcnet({"data", "synth", "--out", data(), "--count", "20", "--seed", "5"}).exit_code,
              0);
    write_text(recipe(), tiny_recipe);
    const ProgramResult result = train(whole_run(), {});
    ASSERT_EQ(result.exit_code, 0) << result.error;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string data() { return (*folder_ / "data").string(); }
  static fs::path recipe() { return *folder_ / "tiny.toml"; }
  static fs::path whole_run() { return *folder_ / "whole"; }
  static std::vector<std::string> command(const fs::path& run,
                                          const std::vector<std::string>& more) {
    std::vector<std::string> words{"train",      recipe().string(), "--data", data(),   "--out",
                                   run.string(), "--threads",       "1",      "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static ProgramResult train(const fs::path& run, const std::vector<std::string>& more) {
    return bcnet(command(run, more));
  }

  /// Starts training, waits until ready() and sends the signal; gives the exit code, 128 +
  /// signal where it died of it, 0 where it had ended before.
  static int interrupt(const fs::path& run, const std::vector<std::string>& more, int signal,
                       const std::function<bool()>& ready) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::vector<std::string> words = command(run, more);
      words.insert(words.begin(), bcnet_path());
      std::vector<char*> arguments;
      for (std::string& word : words) {
        arguments.push_back(word.data());
      }
      arguments.push_back(nullptr);
      if (::freopen("/dev/null", "w", stderr) == nullptr) {
        ::_exit(126);
      }
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
      if (ready()) {
        ::kill(child, signal);
        ::waitpid(child, &status, 0);
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  /// True where both runs ended with the same weights, best and last, bit for bit.
  static void expect_same_weights(const fs::path& run) {
    for (const char* file : {"last.safetensors", "best.safetensors"}) {
      const std::string expected = read_text(whole_run() / file);
      ASSERT_FALSE(expected.empty());
      EXPECT_TRUE(read_text(run / file) == expected) << run << " " << file;
    }
  }

  static TemporaryFolder* folder_;
};

TemporaryFolder* Train::folder_ = nullptr;

}  // namespace

TEST_F(Train, TakesItsSplitsFromAManifest) {
  const std::string folds = *folder_ / "folds";
  ASSERT_EQ(bcnet({"data", "split", "--data", data(), "--folds", "4", "--out", folds}).exit_code,
            0);
  const std::string fold = folds + "/fold-2.csv";
  const fs::path run = *folder_ / "fold-run";
  const auto result = train(run, {"--manifest", fold});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(read_text(run / "manifest.csv"), read_text(fold));
  EXPECT_EQ(nlohmann::json::parse(read_text(run / "environment.json"))["manifest"], fold);
  const std::string json = *folder_ / "fold.json";
  const auto eval = bcnet({"eval", "--model", run / "best.safetensors", "--data", data(),
                           "--manifest", fold, "--split", "validation", "--json", json, "--quiet"});
  EXPECT_EQ(eval.exit_code, 0) << eval.error;
  EXPECT_EQ(nlohmann::json::parse(read_text(json))["images"], 5);
  // The run's own manifest serves as well, and one that names no training part does not.
  EXPECT_EQ(
      bcnet({"data", "check", "--data", data(), "--manifest", run / "manifest.csv", "--quiet"})
          .exit_code,
      0);
  write_text(*folder_ / "none.csv",
             "image,mask,split\nimages/synth_0001.jpg,masks/synth_0001.png,a\n");
  const auto none = train(*folder_ / "none", {"--manifest", *folder_ / "none.csv"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_THAT(none.error, testing::HasSubstr("holds the splits a, but none named train"));
}

TEST_F(Train, FillsTheRunFolder) {
  for (const char* file :
       {"recipe.toml", "environment.json", "metrics.jsonl", "manifest.csv", "best.safetensors",
        "last.safetensors", "report.html", "checkpoint/state.safetensors"}) {
    EXPECT_TRUE(fs::exists(whole_run() / file)) << file;
  }
  const auto lines = metrics_of(whole_run());
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["epoch"], 1);
  EXPECT_EQ(lines[2]["stage"], "second");
  for (const auto& line : lines) {
    for (const char* key : {"loss", "val_dice", "val_iou", "images_per_second"}) {
      EXPECT_TRUE(line[key].is_number()) << key;
    }
  }
}

TEST_F(Train, HoldsATenthOfAFlatFolderOut) {
  const std::string manifest = read_text(whole_run() / "manifest.csv");
  const auto count = [&](const std::string& word) {
    int found = 0;
    for (auto at = manifest.find(word); at != std::string::npos; at = manifest.find(word, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count(",validation\n"), 2);
  EXPECT_EQ(count(",train\n"), 18);
}

TEST_F(Train, FinishedRunIsLeftAsItIs) {
  const std::string before = read_text(whole_run() / "last.safetensors");
  EXPECT_EQ(train(whole_run(), {"--resume"}).exit_code, 0);
  EXPECT_TRUE(read_text(whole_run() / "last.safetensors") == before);
}

TEST_F(Train, DoesNotOverwriteARun) {
  const ProgramResult result = train(whole_run(), {});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("--resume"));
}

TEST_F(Train, ResumeWithoutCheckpointStartsAnew) {
  const fs::path run = *folder_ / "anew";
  EXPECT_EQ(train(run, {"--resume"}).exit_code, 0);
  expect_same_weights(run);
}

TEST_F(Train, KilledAndResumedGivesTheSameWeights) {
  const fs::path run = *folder_ / "killed";
  const auto lines = [&] {
    return fs::exists(run / "metrics.jsonl") ? metrics_of(run).size() : std::size_t{0};
  };
  const auto checkpoint_time = [&] {
    std::error_code error;
    return fs::last_write_time(run / "checkpoint" / "state.safetensors", error);
  };
  // Within the first epoch, after a few more checkpoints, and at the change of the stage.
  const auto begin = checkpoint_time();
  EXPECT_EQ(interrupt(run, {"--resume"}, SIGKILL, [&] { return checkpoint_time() != begin; }),
            128 + SIGKILL);
  for (const std::size_t epoch : {1U, 2U}) {
    EXPECT_EQ(interrupt(run, {"--resume"}, SIGKILL, [&] { return lines() >= epoch; }),
              128 + SIGKILL);
  }
  EXPECT_EQ(train(run, {"--resume"}).exit_code, 0);
  expect_same_weights(run);
  EXPECT_EQ(metrics_of(run).size(), 3U);
}

TEST_F(Train, KilledWhileItWritesGivesTheSameWeights) {
  const fs::path run = *folder_ / "torn";
  const auto writing = [&] {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(run / "checkpoint", error)) {
      if (entry.path().filename().string().find(".tmp") != std::string::npos) {
        return true;
      }
    }
    return false;
  };
  interrupt(run, {"--resume"}, SIGKILL, writing);
  interrupt(run, {"--resume"}, SIGKILL, writing);
  EXPECT_EQ(train(run, {"--resume"}).exit_code, 0);
  expect_same_weights(run);
}

TEST_F(Train, CtrlCSavesAndExits130) {
  const fs::path run = *folder_ / "interrupted";
  const auto begun = [&] { return fs::exists(run / "checkpoint" / "state.safetensors"); };
  EXPECT_EQ(interrupt(run, {}, SIGINT, begun), 130);
  EXPECT_EQ(train(run, {"--resume"}).exit_code, 0);
  expect_same_weights(run);
}

TEST_F(Train, ResumesOnlyWithItsOwnRecipe) {
  const fs::path run = *folder_ / "other recipe";
  fs::copy(whole_run(), run, fs::copy_options::recursive);
  const ProgramResult result = train(run, {"--resume", "--seed", "4"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("another recipe"));
}

TEST_F(Train, FineTunesFromAModel) {
  const fs::path run = *folder_ / "tuned";
  const std::string best = (whole_run() / "best.safetensors").string();
  EXPECT_EQ(train(run, {"--init", best}).exit_code, 0);
  // It started where the other run ended, not from random weights.
  EXPECT_LT(metrics_of(run)[0]["loss"].get<double>(),
            metrics_of(whole_run())[0]["loss"].get<double>());
}

TEST_F(Train, LossThatIsNotFiniteStopsTheRun) {
  // The best weights, but for a NaN in the last bias.
  std::string bytes = read_text(whole_run() / "best.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  const std::uint64_t offset = header["mask_head.bias"]["data_offsets"][0];
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + 8 + length + offset, &nan, sizeof(nan));
  write_text(*folder_ / "nan.safetensors", bytes);

  const fs::path run = *folder_ / "not finite";
  const ProgramResult result = train(run, {"--init", (*folder_ / "nan.safetensors").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error, AllOf(HasSubstr("not finite"), HasSubstr("epoch 1"),
                                  HasSubstr("step 1"), HasSubstr("images/")));
  EXPECT_FALSE(fs::exists(run / "best.safetensors"));
}

TEST_F(Train, InitFromAnotherArchitectureListsWhatDoesNotFit) {
  const std::string other = (*folder_ / "other.toml").string();
  std::string text = tiny_recipe;
  text.replace(text.find("channels = 8"), 12, "channels = 16");
  write_text(other, text);
  const ProgramResult result =
      bcnet({"train", other, "--data", data(), "--out", (*folder_ / "misfit").string(), "--init",
             (whole_run() / "best.safetensors").string()});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.error, AllOf(HasSubstr("acfim3.fuse.conv.weight: found"),
                                  HasSubstr(" fit: acfim3."), HasSubstr("--init-partial")));
  EXPECT_FALSE(fs::exists(*folder_ / "misfit" / "best.safetensors"));
}

TEST_F(Train, InitPartialTakesWhatFitsAndSaysWhatItLeft) {
  const std::string other = (*folder_ / "wider.toml").string();
  std::string text = tiny_recipe;
  text.replace(text.find("channels = 8"), 12, "channels = 16");
  text.replace(text.find("epochs = 2"), 10, "epochs = 1");
  write_text(other, text);
  const ProgramResult result =
      bcnet({"train", other, "--data", data(), "--out", (*folder_ / "part").string(), "--init",
             (whole_run() / "best.safetensors").string(), "--init-partial"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, AllOf(HasSubstr("a part of"), HasSubstr(" fit: acfim3."),
                                  HasSubstr("misshapen: acfim3")));
  EXPECT_EQ(train(*folder_ / "alone", {"--init-partial"}).exit_code, 2);
}

TEST_F(Train, StagesThatContradictAreRefusedBeforeTheRunBegins) {
  const std::string stage =
      "focus = \"bbem\"\nfreeze = [\"backbone._conv_stem\", \"backbone._bn0\"]";
  const auto error_with = [&](const std::string& key) {
    std::string text = tiny_recipe;
    text.replace(text.find(stage), stage.size(), key);
    const std::string file = (*folder_ / "contradiction.toml").string();
    write_text(file, text);
    const fs::path run = *folder_ / "contradiction";
    const ProgramResult result = bcnet({"train", file, "--data", data(), "--out", run.string()});
    EXPECT_EQ(result.exit_code, 2) << key;
    EXPECT_FALSE(fs::exists(run)) << key;
    return result.error;
  };
  EXPECT_THAT(error_with("focus = \"backbone\"\nfreeze = [\"backbone\"]"),
              AllOf(HasSubstr("stage 'second'"), HasSubstr("freeze: found [backbone]"),
                    HasSubstr("focus = 'backbone'")));
  // 18 training pairs in batches of four: four steps.
  EXPECT_THAT(
      error_with("warmup_steps = 4"),
      AllOf(HasSubstr("stage 'second'"), HasSubstr("warmup_steps: found 4"), HasSubstr("4 steps")));
}

TEST_F(Train, SaysLoudlyThatItStartsFromRandomWeights) {
  const std::string with = (*folder_ / "pretrained.toml").string();
  std::string text = tiny_recipe;
  text.replace(text.find("pretrained = false"), 18, "pretrained = true");
  text.replace(text.find("epochs = 2"), 10, "epochs = 1");
  write_text(with, text);
  const ProgramResult result =
      bcnet({"train", with, "--data", data(), "--out", (*folder_ / "random").string()},
            {{"BCNET_BACKBONES", (*folder_ / "none").string()},
             {"XDG_CACHE_HOME", (*folder_ / "none").string()}});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, AllOf(HasSubstr("RANDOM"), HasSubstr("fetch-backbones")));
}

TEST_F(Train, CudaWithoutOneIsAClearError) {
  const ProgramResult result = train(*folder_ / "cuda", {"--device", "cuda:99"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("--device cuda:99"));
  EXPECT_FALSE(fs::exists(*folder_ / "cuda" / "metrics.jsonl"));
}

TEST_F(Train, BadRecipeIsRefused) {
  const std::string bad = (*folder_ / "bad.toml").string();
  write_text(bad, std::string(tiny_recipe) + "epoks = 3\n");
  const ProgramResult result =
      bcnet({"train", bad, "--data", data(), "--out", (*folder_ / "bad").string()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, AllOf(HasSubstr("bad.toml"), HasSubstr("epoks"), HasSubstr("epochs")));
  EXPECT_EQ(bcnet({"train", "no such.toml", "--data", data(), "--out", "x"}).exit_code, 2);
}

TEST_F(Train, MissingDataIsExitThree) {
  const ProgramResult result =
      bcnet({"train", recipe().string(), "--data", (*folder_ / "nowhere").string(), "--out",
             (*folder_ / "nothing").string()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("nowhere"));
}

TEST_F(Train, TextNamedJpgStopsTheRunAndIsNamed) {
  const fs::path broken = *folder_ / "broken data";
  fs::copy(data(), broken, fs::copy_options::recursive);
  const fs::path victim = fs::directory_iterator(broken / "images")->path();
  write_text(victim, "this is no picture");
  const ProgramResult result = bcnet({"train", recipe().string(), "--data", broken.string(),
                                      "--out", (*folder_ / "broken run").string()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr(victim.filename().string()));
}

TEST_F(Train, DiskFullKeepsTheLastGoodCheckpoint) {
  // RLIMIT_FSIZE stands in for a full disk: writing fails half-way.
  const fs::path run = *folder_ / "full disk";
  const auto begun = [&] { return fs::exists(run / "checkpoint" / "state.safetensors"); };
  ASSERT_EQ(interrupt(run, {}, SIGINT, begun), 130);
  const std::string before = read_text(run / "checkpoint" / "state.safetensors");
  std::string line = "trap '' XFSZ; ulimit -f 64; exec '" + bcnet_path() + "'";
  for (const std::string& word : command(run, {"--resume"})) {
    line += " '" + word + "'";
  }
  const ProgramResult result = run_program({"bash", "-c", line});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error, HasSubstr("state.safetensors"));
  EXPECT_TRUE(read_text(run / "checkpoint" / "state.safetensors") == before);
  EXPECT_EQ(train(run, {"--resume"}).exit_code, 0);
  expect_same_weights(run);
}

}  // namespace bcnet::test
