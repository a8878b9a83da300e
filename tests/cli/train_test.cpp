#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/sha256.h"
#include "support/json_lines.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/tiny_recipe.h"

namespace bcnet::test {

namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// Two stages, four steps an epoch, a checkpoint after each step.
const std::string tiny_recipe = std::string(tiny_recipe_head) + R"(
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
  return json_lines(run / "metrics.jsonl");
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

  /// Interrupts training by a signal as soon as ready(); gives the exit code.
  static int interrupt(const fs::path& run, const std::vector<std::string>& more, int signal,
                       const std::function<bool()>& ready) {
    std::vector<std::string> words = command(run, more);
    words.insert(words.begin(), bcnet_path());
    return interrupt_program(words, signal, ready);
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

// Two data sets, on whole frames: what the run and its files say of both.
TEST_F(Train, WritesDownItsDataSetsAndHowItSawThem) {
  const std::string north = *folder_ / "north", south = *folder_ / "south";
  for (const auto& [name, count] : {std::pair{north, "12"}, {south, "8"}}) {
    ASSERT_EQ(bcnet({"data", "synth", "--out", name, "--count", count, "--seed", "7"}).exit_code,
              0);
  }
  std::string text = tiny_recipe;
  text.replace(text.find("[data]\n"), 7, "[data]\nfield_of_view = false\n");
  text.replace(text.find("epochs = 2"), 10, "epochs = 1");
  const fs::path whole_frames = *folder_ / "whole-frames.toml";
  write_text(whole_frames, text);
  const fs::path run = *folder_ / "two-sets";
  const auto result = bcnet({"train", whole_frames, "--data", north, south, "--weight", "south=0.5",
                             "--out", run, "--threads", "1", "--quiet"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto sets = nlohmann::json::parse(read_text(run / "environment.json"))["data_sets"];
  ASSERT_EQ(sets.size(), 2U);
  // A tenth of each is held out, at least one.
  EXPECT_EQ(sets[0], (nlohmann::json{{"name", "north"},
                                     {"path", north},
                                     {"training_images", 11},
                                     {"weight", 1.0},
                                     {"drawn_an_epoch", 11}}));
  EXPECT_EQ(sets[1], (nlohmann::json{{"name", "south"},
                                     {"path", south},
                                     {"training_images", 7},
                                     {"weight", 0.5},
                                     {"drawn_an_epoch", 4}}));

  const std::string exported = *folder_ / "whole-frames.onnx";
  ASSERT_EQ(bcnet({"export", "--model", run, "--out", exported, "--quiet"}).exit_code, 0);
  for (const std::string& file : {(run / "best.safetensors").string(), exported}) {
    const auto info = bcnet({"info", file, "--json", "-"});
    EXPECT_EQ(nlohmann::json::parse(info.output)["description"]["field_of_view"], false) << file;
  }
  const auto shipped = bcnet({"info", whole_run() / "best.safetensors", "--json", "-"});
  EXPECT_EQ(nlohmann::json::parse(shipped.output)["description"]["field_of_view"], true);
}

TEST_F(Train, FillsTheRunFolder) {
  for (const char* file :
       {"recipe.toml", "environment.json", "metrics.jsonl", "manifest.csv", "best.safetensors",
        "last.safetensors", "report.html", "checkpoint/state.safetensors", "validation.jsonl",
        "pictures/index.json", "pictures/0001.jpg"}) {
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
    // The loss of every output; the levels also one by one.
    EXPECT_NEAR(line["loss_level3"].get<double>() + line["loss_level4"].get<double>() +
                    line["loss_level5"].get<double>(),
                line["loss_levels"].get<double>(), 1e-5);
  }
  EXPECT_FALSE(fs::exists(whole_run() / "tensorboard"));  // not asked for
}

TEST_F(Train, KeepsWhatItsValidationsSaidOfEachImage) {
  const auto lines = metrics_of(whole_run());
  const auto validations = json_lines(whole_run() / "validation.jsonl");
  ASSERT_EQ(validations.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(validations[i]["epoch"], lines[i]["epoch"]);
    const auto& images = validations[i]["images"];
    ASSERT_EQ(images.size(), 2U);
    EXPECT_NEAR((images[0]["dice"].get<double>() + images[1]["dice"].get<double>()) / 2,
                lines[i]["val_dice"].get<double>(), 1e-6);
    for (const auto& image : images) {
      EXPECT_GT(image["polyp_percent"].get<double>(), 0);
      EXPECT_TRUE(image["outline"].is_string());
    }
  }
  const auto index = nlohmann::json::parse(read_text(whole_run() / "pictures/index.json"));
  EXPECT_EQ(index["size"], 64);
  ASSERT_EQ(index["pictures"].size(), 2U);
  EXPECT_EQ(index["pictures"][0]["image"], validations[0]["images"][0]["image"]);
  EXPECT_THAT(index["pictures"][0]["outline"].get<std::string>(), testing::StartsWith("M"));
}

TEST_F(Train, ReportIsWhatTheReportCommandMakes) {
  const std::string page = read_text(whole_run() / "report.html");
  EXPECT_THAT(page, AllOf(HasSubstr("Finished: 3 epochs."), HasSubstr("<h3>Worst</h3>"),
                          HasSubstr("level 3 <b>")));
  const std::string again = (*folder_ / "again.html").string();
  ASSERT_EQ(bcnet({"report", whole_run().string(), "--out", again}).exit_code, 0);
  EXPECT_TRUE(read_text(again) == page);
}

TEST_F(Train, FilesOfTheReportHaveTheirSchemas) {
  if (!test_python()) {
    GTEST_SKIP() << no_python;
  }
  expect_schemas({{"metrics-line", (whole_run() / "metrics.jsonl").string()},
                  {"validation-line", (whole_run() / "validation.jsonl").string()},
                  {"pictures", (whole_run() / "pictures/index.json").string()}});
}

TEST_F(Train, TensorBoardReadsTheEventsOfARunThatWasKilled) {
  if (!test_python()) {
    GTEST_SKIP() << no_python;
  }
  const auto expect_events = [&](const fs::path& run) {
    const ProgramResult result =
        run_program({*test_python(), BCNET_SOURCE_DIR "/tests/cli/check_events.py",
                     (run / "tensorboard/events.out.tfevents.bcnet").string(),
                     (run / "metrics.jsonl").string()});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_THAT(result.output, HasSubstr("3 epochs"));
  };
  const fs::path run = *folder_ / "events";
  const auto lines = [&] {
    return fs::exists(run / "metrics.jsonl") ? metrics_of(run).size() : std::size_t{0};
  };
  EXPECT_EQ(interrupt(run, {"--tensorboard"}, SIGKILL, [&] { return lines() >= 1; }),
            128 + SIGKILL);
  // As if it had been killed between writing an epoch's event and its checkpoint.
  const fs::path events = run / "tensorboard/events.out.tfevents.bcnet";
  write_text(events, read_text(events) + "half an ev");
  ASSERT_EQ(train(run, {"--resume"}).exit_code, 0);  // goes on with them unasked
  expect_same_weights(run);
  expect_events(run);

  // Asked for only when the run is taken up again: the epochs before are in it too.
  const fs::path late = *folder_ / "late events";
  const auto late_lines = [&] {
    return fs::exists(late / "metrics.jsonl") ? metrics_of(late).size() : std::size_t{0};
  };
  ASSERT_EQ(interrupt(late, {}, SIGINT, [&] { return late_lines() >= 1; }), 130);
  ASSERT_EQ(train(late, {"--resume", "--tensorboard"}).exit_code, 0);
  expect_events(late);
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

TEST_F(Train, AManifestSaysWhoTrainsAndValidates) {
  const std::string manifest = (*folder_ / "split.csv").string();
  ASSERT_EQ(
      bcnet({"data", "split", "--data", data(), "--out", manifest, "--percent", "40"}).exit_code,
      0);
  const fs::path run = *folder_ / "by manifest";
  const ProgramResult result = train(run, {"--manifest", manifest});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(read_text(run / "manifest.csv"), read_text(manifest));
}

TEST_F(Train, FinishedRunIsLeftAsItIs) {
  const std::string before = read_text(whole_run() / "last.safetensors");
  EXPECT_EQ(train(whole_run(), {"--resume"}).exit_code, 0);
  EXPECT_TRUE(read_text(whole_run() / "last.safetensors") == before);
}

TEST_F(Train, ResumeWarnsOfOtherKernels) {
  const ProgramResult result =
      bcnet(command(whole_run(), {"--resume"}), {{"BCNET_KERNELS", "baseline"}});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, AllOf(HasSubstr("resume: kernels was"), HasSubstr("baseline")));
  EXPECT_THAT(read_text(whole_run() / "environment.json"), HasSubstr("\"kernels\""));
}

TEST_F(Train, KernelsThatAreNotThereAreExitTwo) {
  const fs::path run = *folder_ / "no kernels";
  const ProgramResult result = bcnet(command(run, {}), {{"BCNET_KERNELS", "sse9"}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error,
              AllOf(HasSubstr("BCNET_KERNELS"), HasSubstr("'sse9'"), HasSubstr("baseline")));
  EXPECT_FALSE(fs::exists(run));
}

TEST_F(Train, DoesNotOverwriteARun) {
  const ProgramResult result = train(whole_run(), {});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("--resume"));
}

TEST_F(Train, ResumeWithoutCheckpointStartsAnew) {
  const fs::path run = *folder_ / "anew";
  // What a run may have left that was removed by half.
  write_text(run / "validation.jsonl", read_text(whole_run() / "validation.jsonl"));
  write_text(run / "pictures/index.json", R"({"size":32,"pictures":[]})");
  EXPECT_EQ(train(run, {"--resume"}).exit_code, 0);
  expect_same_weights(run);
  for (const char* file : {"validation.jsonl", "pictures/index.json"}) {
    EXPECT_EQ(read_text(run / file), read_text(whole_run() / file)) << file;
  }
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
  // What the validations said is the same too, each once; the page is whole.
  EXPECT_EQ(read_text(run / "validation.jsonl"), read_text(whole_run() / "validation.jsonl"));
  EXPECT_THAT(read_text(run / "report.html"), HasSubstr("Finished: 3 epochs."));
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
  const std::string page = read_text(run / "report.html");
  EXPECT_THAT(page, AllOf(HasSubstr("of 3: not finished"), HasSubstr("</html>")));
  EXPECT_EQ(train(run, {"--resume"}).exit_code, 0);
  expect_same_weights(run);
}

TEST_F(Train, ResumesOnlyWithItsOwnRecipe) {
  const fs::path run = *folder_ / "other recipe";
  fs::copy(whole_run(), run, fs::copy_options::recursive);
  const ProgramResult result = train(run, {"--resume", "--seed", "4"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("another recipe: seed was 3 and is 4; resume with " +
                                      (run / "recipe.toml").string()));
}

TEST_F(Train, ResumesARunOfAVersionThatKnewFewerKeys) {
  const fs::path run = *folder_ / "older";
  fs::copy(whole_run(), run, fs::copy_options::recursive);
  // As an earlier version left it: a key less in its recipe, and the recipe's hash in its
  // checkpoint.
  std::string text = read_text(run / "recipe.toml");
  const std::string hash = sha256(text);
  const std::string key = "auxiliary_stride = 1\n";
  ASSERT_NE(text.find(key), std::string::npos);
  text.erase(text.find(key), key.size());
  write_text(run / "recipe.toml", text);
  const fs::path state = run / "checkpoint" / "state.safetensors";
  std::string bytes = read_text(state);
  ASSERT_NE(bytes.find(hash), std::string::npos);
  bytes.replace(bytes.find(hash), hash.size(), sha256(text));
  write_text(state, bytes);

  const ProgramResult result = train(run, {"--resume"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("names no loss.auxiliary_stride = 1: the default holds"));
  const ProgramResult by_its_own = bcnet({"train", (run / "recipe.toml").string(), "--data", data(),
                                          "--out", run.string(), "--threads", "1", "--resume"});
  EXPECT_EQ(by_its_own.exit_code, 0) << by_its_own.error;
  const ProgramResult other = train(run, {"--resume", "--seed", "4"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.error, HasSubstr("seed was 3 and is 4"));
}

TEST_F(Train, RemovesWhatAKilledWriterLeft) {
  const fs::path run = *folder_ / "abandoned";
  fs::copy(whole_run(), run, fs::copy_options::recursive);
  const fs::path half = run / "checkpoint" / "state.safetensors.tmp77-0";
  write_text(half, "half a checkpoint");
  EXPECT_EQ(train(run, {"--resume"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(half));
}

TEST_F(Train, TakesARecipeWithControlCharacters) {
  const std::string odd = (*folder_ / "odd.toml").string();
  std::string text = tiny_recipe;
  text.replace(text.find("epochs = 2"), 10, "epochs = 1");
  text.insert(text.find("validation_size"), R"(license = "a\nb\u001b\u007f"
trained_on = "say \"it\""
)");
  write_text(odd, text);
  const fs::path run = *folder_ / "odd run";
  const std::vector<std::string> words{"train", odd,         "--data", data(),   "--out",
                                       run,     "--threads", "1",      "--quiet"};
  ASSERT_EQ(bcnet(words).exit_code, 0);
  std::vector<std::string> again = words;
  again.push_back("--resume");
  const ProgramResult resumed = bcnet(again);
  EXPECT_EQ(resumed.exit_code, 0) << resumed.error;
  const ProgramResult reported = bcnet({"report", run.string()});
  EXPECT_EQ(reported.exit_code, 0) << reported.error;
  const ProgramResult info = bcnet({"info", (run / "best.safetensors").string()});
  EXPECT_THAT(info.output, HasSubstr("a\\x0ab\\x1b\\x7f"));
}

TEST_F(Train, GoesOnWhereItsPageCannotBeWritten) {
  const std::string shorter = (*folder_ / "short.toml").string();
  std::string text = tiny_recipe;
  text.replace(text.find("epochs = 2"), 10, "epochs = 1");
  write_text(shorter, text);
  const fs::path run = *folder_ / "no page";
  write_text(run / "report.html" / "in the way", "");
  write_text(run / "pictures", "in the way too");
  const ProgramResult result = bcnet(
      {"train", shorter, "--data", data(), "--out", run.string(), "--threads", "1", "--quiet"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error,
              AllOf(HasSubstr("report.html: writing failed"), HasSubstr("goes on without its page"),
                    HasSubstr("goes on without pictures")));
  EXPECT_EQ(metrics_of(run).size(), 2U);
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

TEST_F(Train, TakesOneWeightOfADataSet) {
  const ProgramResult result = train(*folder_ / "weighed", {"--weight", "data=2", "data=3"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("--weight: found 'data' twice, one is allowed"));
  for (const std::string text : {"data=1,5", "data=0.5abc", "data=", "data", "=1", "data= 1"}) {
    const ProgramResult refused = train(*folder_ / "weighed", {"--weight", text});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.error, HasSubstr("--weight: found '" + text + "', NAME=W with W in"));
  }
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

TEST_F(Train, IgnoresPixelsThatCannotBeRead) {
  const fs::path broken = *folder_ / "broken pixels";
  fs::copy(data(), broken, fs::copy_options::recursive);
  // A PNG whose header is good and whose pixels are not, of the training and of the held-out part.
  std::istringstream manifest(read_text(whole_run() / "manifest.csv"));
  std::vector<std::string> victims;
  for (std::string line; std::getline(manifest, line);) {
    const auto comma = line.find(',');
    const std::string mask = line.substr(comma + 1, line.rfind(',') - comma - 1);
    const std::string part = line.substr(line.rfind(',') + 1);
    if ((victims.empty() && part == "train") || (victims.size() == 1 && part == "validation")) {
      victims.push_back(mask);
      std::string bytes = read_text(broken / mask);
      bytes.replace(bytes.find("IDAT") + 10, 20, 20, '\0');
      write_text(broken / mask, bytes);
    }
  }
  ASSERT_EQ(victims.size(), 2U);
  const std::string shorter = (*folder_ / "ignoring.toml").string();
  std::string text = tiny_recipe;
  text.replace(text.find("epochs = 2"), 10, "epochs = 1");
  write_text(shorter, text);
  const fs::path run = *folder_ / "ignoring run";
  const std::vector<std::string> words{"train",
                                       shorter,
                                       "--data",
                                       broken.string(),
                                       "--out",
                                       run,
                                       "--threads",
                                       "1",
                                       "--quiet",
                                       "--manifest",
                                       whole_run() / "manifest.csv"};
  const ProgramResult refused = bcnet(words);
  EXPECT_EQ(refused.exit_code, 3);
  fs::remove_all(run);
  std::vector<std::string> ignoring = words;
  ignoring.push_back("--ignore-data-errors");
  const ProgramResult result = bcnet(ignoring);
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr(victims[0]));
  const std::string used = read_text(run / "manifest.csv");
  for (const std::string& victim : victims) {
    EXPECT_EQ(used.find(victim), std::string::npos) << victim;
  }
  EXPECT_EQ(metrics_of(run).size(), 2U);
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
