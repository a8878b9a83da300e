#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nn/weights.h"
#include "support/json_lines.h"
#include "support/launched.h"
#include "support/program.h"
#include "support/temporary_folder.h"
#include "support/tiny_recipe.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

/// ‖a - b‖ over ‖b‖ of what two networks have learned, all tensors as one. Variances that batch
/// norms saw are as large as they like, and would hide the weights.
double distance(const fs::path& a, const fs::path& b, const std::string& prefix = {}) {
  const auto one = nn::load_safetensors(a);
  const auto other = nn::load_safetensors(b);
  double difference = 0, size = 0;
  for (const auto& [name, tensor] : other.tensors) {
    if (name.rfind(prefix, 0) == 0 && name.find("running_") == std::string::npos) {
      const auto there = tensor.to(torch::kFloat64);
      difference +=
          (one.tensors.at(name).to(torch::kFloat64) - there).square().sum().item<double>();
      size += there.square().sum().item<double>();
    }
  }
  EXPECT_GT(size, 0);
  return std::sqrt(difference / size);
}

std::vector<nlohmann::json> metrics_of(const fs::path& run) {
  return json_lines(run / "metrics.jsonl");
}

/// Data, recipe and the run of one process, made once. The learning rate is small because AdamW's
/// first steps are as large where a gradient is nothing but rounding.
class WorldTrain : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    ASSERT_EQ(bcnet({"data", "synth", "--out", data(), "--count", "24", "--seed", "5"}).exit_code,
              0);
    write_text(recipe(), std::string(tiny_recipe_head) +
                             "[optimizer]\nema_decay = 0.9\n[run]\nvalidation_size = 64\n"
                             "checkpoint_seconds = 0\n[[stages]]\nepochs = 4\nsize = 64\n"
                             "learning_rate = 2e-6\naugmentation = \"basic\"\n");
    const ProgramResult result = bcnet(words(whole_run(), {}));
    ASSERT_EQ(result.exit_code, 0) << result.error;
    ASSERT_EQ(metrics_of(whole_run()).back()["steps"], 20);
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string data() { return (*folder_ / "data").string(); }
  static fs::path recipe() { return *folder_ / "tiny.toml"; }
  static fs::path whole_run() { return *folder_ / "whole"; }
  static std::vector<std::string> words(const fs::path& run, const std::vector<std::string>& more) {
    std::vector<std::string> all{"train",      recipe().string(), "--data", data(),   "--out",
                                 run.string(), "--threads",       "1",      "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static std::unique_ptr<Launched> launch(int size, const fs::path& run,
                                          const std::vector<std::string>& more = {}) {
    return std::make_unique<Launched>(
        size,
        [&](int) {
          auto all = words(run, {"--world", "env"});
          all.insert(all.end(), more.begin(), more.end());
          return all;
        },
        ranks_of(size));
  }
  static void expect_ends(Launched& launched, int size, int code) {
    for (int rank = 0; rank < size; ++rank) {
      EXPECT_EQ(launched.code(rank), code) << rank << ": " << launched.error(rank);
    }
  }
  static bool has_checkpoint(const fs::path& run) {
    return fs::exists(run / "checkpoint" / "state.safetensors");
  }

  static TemporaryFolder* folder_;
};

TemporaryFolder* WorldTrain::folder_ = nullptr;

TEST_F(WorldTrain, TwoAndThreeProcessesTrainWhatOneTrains) {
  const auto want = metrics_of(whole_run());
  for (const int size : {2, 3}) {
    const fs::path run = *folder_ / std::to_string(size);
    auto launched = launch(size, run);
    expect_ends(*launched, size, 0);
    EXPECT_THAT(launched->output(0), HasSubstr("4 epochs; best epoch"));
    for (int rank = 1; rank < size; ++rank) {
      EXPECT_EQ(launched->output(rank), "");
      EXPECT_EQ(launched->error(rank), "");
    }
    const auto state = [](const fs::path& folder) {
      return folder / "checkpoint" / "state.safetensors";
    };
    EXPECT_LT(distance(state(run), state(whole_run()), "network."), 1e-5) << size;
    EXPECT_LT(distance(state(run), state(whole_run()), "average."), 1e-5) << size;
    const auto have = metrics_of(run);
    ASSERT_EQ(have.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      // One pixel of 64x64 that rounding takes over the threshold is 1e-4 of what 24 images have.
      for (const auto& [key, tolerance] : std::map<const char*, double>{{"loss", 5e-5},
                                                                        {"loss_boundary", 5e-5},
                                                                        {"train_dice", 5e-4},
                                                                        {"val_dice", 5e-5},
                                                                        {"val_iou", 5e-5}}) {
        EXPECT_NEAR(have[i][key].get<double>(), want[i][key].get<double>(), tolerance) << key << i;
      }
    }
  }
}

TEST_F(WorldTrain, GoesOnWithAnotherNumberOfProcesses) {
  const fs::path run = *folder_ / "interrupted";
  auto launched = launch(2, run);
  ASSERT_TRUE(wait_until([&] { return has_checkpoint(run); }));
  launched->signal(1, SIGINT);  // one alone
  expect_ends(*launched, 2, 130);
  EXPECT_THAT(launched->error(0), HasSubstr("interrupted; saved in epoch"));
  EXPECT_THAT(launched->error(1), AllOf(HasSubstr("bcnet[1]: error: interrupted; saved")));
  launched = launch(3, run, {"--resume"});
  expect_ends(*launched, 3, 0);
  EXPECT_THAT(launched->error(0), HasSubstr("processes was 2 and is 3"));
  EXPECT_LT(distance(run / "last.safetensors", whole_run() / "last.safetensors"), 1e-5);
}

TEST_F(WorldTrain, GoesOnBitForBitWithTheSameNumber) {
  const fs::path whole = *folder_ / "two", run = *folder_ / "two, interrupted";
  auto launched = launch(2, whole);
  expect_ends(*launched, 2, 0);
  launched = launch(2, run);
  ASSERT_TRUE(wait_until([&] { return has_checkpoint(run); }));
  launched->signal(0, SIGINT);
  expect_ends(*launched, 2, 130);
  launched = launch(2, run, {"--resume"});
  expect_ends(*launched, 2, 0);
  for (const char* weights : {"last.safetensors", "best.safetensors"}) {
    EXPECT_TRUE(read_text(run / weights) == read_text(whole / weights)) << weights;
  }
}

TEST_F(WorldTrain, KilledProcessIsNamedByTheOthers) {
  for (const int killed : {1, 0}) {
    const fs::path run = *folder_ / ("killed " + std::to_string(killed));
    auto launched = launch(3, run);
    ASSERT_TRUE(wait_until([&] { return has_checkpoint(run); }));
    launched->signal(killed, SIGKILL);
    for (int rank = 0; rank < 3; ++rank) {
      EXPECT_EQ(launched->code(rank), rank == killed ? 128 + SIGKILL : 1) << rank;
      if (rank != killed) {
        EXPECT_THAT(launched->error(rank),
                    HasSubstr("process " + std::to_string(killed) + " is gone"));
      }
    }
    if (killed == 1) {  // as its launcher would start it again
      launched = launch(2, run, {"--resume"});
      expect_ends(*launched, 2, 0);
      EXPECT_LT(distance(run / "last.safetensors", whole_run() / "last.safetensors"), 1e-5);
    }
  }
}

TEST_F(WorldTrain, ProcessThatDoesNotAnswerIsNamedByTheOthers) {
  for (const int stopped : {1, 0}) {
    const fs::path run = *folder_ / ("stopped " + std::to_string(stopped));
    auto launched = launch(2, run, {"--world-timeout", "3"});
    ASSERT_TRUE(wait_until([&] { return has_checkpoint(run); }));
    launched->signal(stopped, SIGSTOP);
    EXPECT_EQ(launched->code(1 - stopped), 1);
    EXPECT_THAT(launched->error(1 - stopped),
                HasSubstr(stopped == 1 ? "process 1 is gone" : "process 0 has not answered"));
  }
}

TEST_F(WorldTrain, ProcessesThatDoNotComeAreNamed) {
  const auto line = [&](int) {
    return words(*folder_ / "nobody", {"--world", "env", "--world-timeout", "1"});
  };
  Launched first(3, line, {0});
  EXPECT_EQ(first.code(0), 1);
  EXPECT_THAT(first.error(0), HasSubstr("processes 1, 2 of 3 did not come to 127.0.0.1:"));
  Launched second(3, line, {1});
  EXPECT_EQ(second.code(1), 1);
  EXPECT_THAT(second.error(1), HasSubstr("process 0 is not to be found on 127.0.0.1:"));
  EXPECT_FALSE(fs::exists(*folder_ / "nobody"));
}

TEST_F(WorldTrain, ProcessesThatCountDifferentlyAreTold) {
  const auto line = [&](int) {
    return words(*folder_ / "nobody", {"--world", "env", "--world-timeout", "5"});
  };
  const auto with = [](int rank, const std::string& variable) {
    return [rank, variable](int each) {
      return each == rank ? std::vector<std::string>{"env", variable} : std::vector<std::string>{};
    };
  };
  Launched twice(3, line, {0, 1, 2}, "127.0.0.1", with(2, "RANK=1"));
  EXPECT_EQ(twice.code(0), 1);
  EXPECT_THAT(twice.error(0), HasSubstr("process 2 of 3 did not come"));
  // Whoever of the two came first sees the other.
  const int told = twice.code(1) == 2 ? 1 : 2;
  EXPECT_EQ(twice.code(told), 2);
  EXPECT_THAT(twice.error(told), HasSubstr("has RANK=1 too: each process is to have its own"));
  for (const int other : {0, 1}) {
    Launched sizes(2, line, {0, 1}, "127.0.0.1", with(other, "WORLD_SIZE=3"));
    for (const int rank : {0, 1}) {
      EXPECT_EQ(sizes.code(rank), 2) << sizes.error(rank);
      EXPECT_THAT(sizes.error(rank),
                  AllOf(HasSubstr("has WORLD_SIZE="), HasSubstr("all are to have the same")));
    }
  }
  EXPECT_FALSE(fs::exists(*folder_ / "nobody"));
}

TEST_F(WorldTrain, InterruptEndsTheWaitForOthersAtOnce) {
  for (const int rank : {0, 1}) {
    for (const int number : {SIGINT, SIGTERM}) {
      Launched alone(2,
                     [&](int) {
                       return words(*folder_ / "nobody", {"--world", "env"});
                     },
                     {rank});
      ASSERT_TRUE(wait_until([&] { return alone.catches(rank, number); }));
      alone.signal(rank, number);
      EXPECT_EQ(alone.code(rank), 130) << rank << " " << alone.error(rank);
      EXPECT_THAT(alone.error(rank), HasSubstr("interrupted while the processes were meeting"));
    }
  }
}

TEST_F(WorldTrain, ProcessesThatDifferAreRefusedByAll) {
  const auto refused = [&](const std::vector<std::string>& first,
                           const std::vector<std::string>& second, int code,
                           const std::string& message) {
    const fs::path run = *folder_ / "differ";
    Launched launched(2,
                      [&](int rank) {
                        auto all = words(run, {"--world", "env"});
                        const auto& more = rank == 0 ? first : second;
                        all.insert(all.end(), more.begin(), more.end());
                        return all;
                      },
                      {0, 1});
    expect_ends(launched, 2, code);
    EXPECT_THAT(launched.error(0), HasSubstr(message));
    EXPECT_THAT(launched.error(1), HasSubstr(message));
    EXPECT_FALSE(fs::exists(run / "checkpoint"));
  };
  refused({}, {"--seed", "9"}, 2, "process 1 differs from process 0 in its recipe");
  write_text(*folder_ / "half.csv",
             "image,mask,split\n"
             "images/synth_0001.jpg,masks/synth_0001.png,validation\n"
             "images/synth_0002.jpg,masks/synth_0002.png,train\n"
             "images/synth_0003.jpg,masks/synth_0003.png,train\n"
             "images/synth_0004.jpg,masks/synth_0004.png,train\n"
             "images/synth_0005.jpg,masks/synth_0005.png,train\n");
  refused({}, {"--manifest", *folder_ / "half.csv"}, 2,
          "process 1 differs from process 0 in its data");
  refused({}, {"--init", whole_run() / "last.safetensors"}, 2,
          "process 1 differs from process 0 in its first weights");
  // What is wrong for one alone ends the others too.
  refused({}, {"--weight", "nobody=3"}, 2, "nobody");
}

TEST_F(WorldTrain, FileThatOneCannotReadEndsAll) {
  const fs::path broken = *folder_ / "broken";
  fs::copy(data(), broken, fs::copy_options::recursive);
  // Whole as far as a first look goes, and no picture.
  for (const auto& entry : fs::directory_iterator(broken / "images")) {
    const std::string bytes = read_text(entry.path());
    write_text(entry.path(), bytes.substr(0, bytes.size() / 4));
  }
  Launched launched(2,
                    [&](int rank) {
                      auto all = words(*folder_ / "broken run", {"--world", "env"});
                      all[3] = rank == 1 ? broken.string() : data();
                      return all;
                    },
                    {0, 1});
  expect_ends(launched, 2, 3);
  EXPECT_THAT(launched.error(0), AllOf(HasSubstr("process 1: "), HasSubstr(".jpg")));
  EXPECT_THAT(launched.error(1), HasSubstr(".jpg"));
}

TEST_F(WorldTrain, SaysWhatTheEnvironmentHasOrLacks) {
  const ProgramResult none = bcnet(words(*folder_ / "none", {"--world", "env"}));
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.error, HasSubstr("--world env: found none of RANK"));
  const std::map<std::string, std::string> two{
      {"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "127.0.0.1"}};
  const ProgramResult doctor = bcnet({"doctor", "--json", "-", "--quiet"}, two);
  const auto found = nlohmann::json::parse(doctor.output);
  EXPECT_EQ(found["world"]["rank"], 1);
  EXPECT_EQ(found["world"]["size"], 2);
  EXPECT_EQ(found["libtorch"]["gloo"], true);
  auto off = words(whole_run(), {"--resume"});
  EXPECT_THAT(bcnet(off, two).error, HasSubstr("--world env lets them train together"));
}

}  // namespace

}  // namespace bcnet::test
