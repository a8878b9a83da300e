// bcnet compare from recipes to tables: two small networks on synthetic pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string recipe_of(const std::string& model, int epochs) {
  return "seed = 3\nprecision = \"f32\"\n[model]\n" + model +
         "[data]\nbatch_size = 4\n[optimizer]\nema_decay = 0\n[run]\nvalidation_size = 64\n"
         "checkpoint_seconds = 0\n[[stages]]\nepochs = " +
         std::to_string(epochs) + "\nsize = 64\nlearning_rate = 1e-3\n";
}

const std::string bcnet_model =
    "architecture = \"bcnet\"\nbackbone = \"efficientnet_lite0\"\nchannels = 8\n"
    "boundary_channels = 8\npretrained = false\n";
const std::string unet_model = "architecture = \"unet\"\nbase = 4\n";

/// A flat folder, and one comparison with two seeds made once for all tests of this file.
class Compare : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    ASSERT_EQ(bcnet({"data", "synth", "--out", data(), "--count", "24", "--seed", "5"}).exit_code,
              0);
    write_text(recipe("ours"), recipe_of(bcnet_model, 1));
    write_text(recipe("theirs"), recipe_of(unet_model, 2));
    first_ = compare({"ours", "theirs"}, out(), {"--seeds", "2"});
    ASSERT_EQ(first_.exit_code, 0) << first_.error;
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string data() { return (*folder_ / "data").string(); }
  static fs::path out() { return *folder_ / "comparison"; }
  static fs::path recipe(const std::string& name) { return *folder_ / (name + ".toml"); }

  static std::vector<std::string> command(const std::vector<std::string>& recipes,
                                          const fs::path& to,
                                          const std::vector<std::string>& more) {
    std::vector<std::string> words{"compare"};
    for (const std::string& name : recipes) {
      words.push_back(recipe(name).string());
    }
    words.insert(words.end(), {"--data", data(), "--out", to.string(), "--rounds", "2"});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static ProgramResult compare(const std::vector<std::string>& recipes, const fs::path& to,
                               const std::vector<std::string>& more) {
    return bcnet(command(recipes, to, more));
  }

  static nlohmann::json document(const fs::path& of) {
    return nlohmann::json::parse(read_text(of / "comparison.json"));
  }

  /// A copy of the comparison that a test may spoil.
  static fs::path copy(const std::string& name) {
    const fs::path to = *folder_ / name;
    fs::copy(out(), to, fs::copy_options::recursive);
    return to;
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static ProgramResult first_;
};

std::unique_ptr<TemporaryFolder> Compare::folder_;
ProgramResult Compare::first_;

TEST_F(Compare, WritesTheSameTableInEveryForm) {
  const auto comparison = document(out());
  ASSERT_EQ(comparison["sides"].size(), 2U);
  const auto& ours = comparison["sides"][0];
  EXPECT_EQ(ours["name"], "ours");
  EXPECT_EQ(ours["runs"].size(), 2U);
  EXPECT_EQ(ours["runs"][1]["run"], "ours/seed-4");
  EXPECT_GT(ours["macs"], 0);
  EXPECT_GT(ours["ms"]["median"], 0.0);
  EXPECT_TRUE(ours["deviation"]["mean_dice"].is_number());
  // The side's figure is the mean of its runs': both were measured on the same images.
  const double mean =
      (ours["runs"][0]["mean_dice"].get<double>() + ours["runs"][1]["mean_dice"].get<double>()) / 2;
  EXPECT_NEAR(ours["mean_dice"].get<double>(), mean, 1e-12);
  EXPECT_TRUE(comparison["sides"][1].contains("against_first"));

  char dice[16];
  std::snprintf(dice, sizeof dice, "%.4f", ours["mean_dice"].get<double>());
  const std::string command = comparison["command"];
  EXPECT_THAT(command, HasSubstr("--seeds 2"));
  for (const char* file : {"comparison.md", "comparison.html"}) {
    EXPECT_THAT(read_text(out() / file),
                AllOf(HasSubstr(dice), HasSubstr(command), HasSubstr("theirs")))
        << file;
  }
  EXPECT_THAT(read_text(out() / "comparison.csv"), HasSubstr("\nours,finished,2,"));
  EXPECT_THAT(first_.output, HasSubstr(dice));
}

TEST_F(Compare, StartsEachRunFromTheWeightsGiven) {
  const std::string weights = (out() / "runs" / "ours" / "seed-3" / "last.safetensors").string();
  const ProgramResult result = compare({"ours"}, *folder_ / "from-weights", {"--init", weights});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("starts from " + weights));
  EXPECT_THAT(document(*folder_ / "from-weights")["command"].get<std::string>(),
              HasSubstr("--init " + weights));
  // Weights of another network fit no run.
  EXPECT_EQ(compare({"theirs"}, *folder_ / "misfit", {"--init", weights}).exit_code, 4);
}

TEST_F(Compare, SaysThatTheTermsAreUnequal) {
  EXPECT_THAT(first_.error,
              HasSubstr("not on equal terms: epochs: ours 1 of 64 pixels; theirs 2 of 64 pixels"));
  EXPECT_THAT(read_text(out() / "comparison.md"), HasSubstr("Not on equal terms: epochs"));
}

TEST_F(Compare, DrawsTheSameImagesOfEverySide) {
  for (const auto& picture : document(out())["pictures"]) {
    ASSERT_EQ(picture["panels"].size(), 2U) << picture;
    for (const auto& panel : picture["panels"]) {
      EXPECT_GT(fs::file_size(out() / panel["file"].get<std::string>()), 500U) << panel;
    }
  }
  EXPECT_EQ(document(out())["pictures"].size(), 3U);
}

TEST_F(Compare, EverySideHeldOutTheSameImages) {
  const auto manifest = [](const char* run) {
    return read_text(out() / "runs" / run / "manifest.csv");
  };
  ASSERT_FALSE(manifest("ours/seed-3").empty());
  EXPECT_EQ(manifest("ours/seed-3"), manifest("theirs/seed-3"));
  EXPECT_EQ(manifest("ours/seed-3"), manifest("ours/seed-4"));
}

TEST_F(Compare, TrainsWhatIsMissingAlone) {
  const fs::path to = copy("missing");
  const std::string kept = read_text(to / "runs/ours/seed-3/best.safetensors");
  const std::string expected = read_text(to / "runs/theirs/seed-4/best.safetensors");
  fs::remove_all(to / "runs/theirs/seed-4");
  const auto result = compare({"ours", "theirs"}, to, {"--seeds", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, AllOf(HasSubstr("3 of 4 runs are trained"),
                                  HasSubstr("theirs/seed-4: training 1 of 1")));
  EXPECT_TRUE(read_text(to / "runs/ours/seed-3/best.safetensors") == kept);
  EXPECT_TRUE(read_text(to / "runs/theirs/seed-4/best.safetensors") == expected);
}

TEST_F(Compare, GoesOnWhereItWasInterrupted) {
  write_text(recipe("long"), recipe_of(unet_model, 4));
  const fs::path whole = *folder_ / "uninterrupted", to = *folder_ / "interrupted";
  ASSERT_EQ(compare({"long"}, whole, {"--threads", "1"}).exit_code, 0);
  std::vector<std::string> words = command({"long"}, to, {"--threads", "1", "--quiet"});
  words.insert(words.begin(), bcnet_path());
  const fs::path metrics = to / "runs/long/seed-3/metrics.jsonl";
  const int code = interrupt_program(words, SIGINT, [&] { return fs::exists(metrics); });
  ASSERT_EQ(code, 130);
  const auto marked = compare({"long"}, to, {"--table"});
  EXPECT_EQ(marked.exit_code, 1);
  EXPECT_THAT(marked.error, HasSubstr("found no finished run of these recipes"));
  const auto result = compare({"long"}, to, {"--threads", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("goes on in epoch"));
  EXPECT_TRUE(read_text(to / "runs/long/seed-3/best.safetensors") ==
              read_text(whole / "runs/long/seed-3/best.safetensors"));
}

TEST_F(Compare, ProcessesShareTheRunsOutAndTheLastMakesTheTable) {
  const fs::path to = *folder_ / "shared";
  std::vector<ProgramResult> results(3);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      results[i] = compare({"ours", "theirs"}, to,
                           {"--seeds", "2", "--shard", std::to_string(i + 1) + "/3"});
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  int tables = 0;
  std::size_t trainings = 0;
  for (const ProgramResult& result : results) {
    EXPECT_EQ(result.exit_code, 0) << result.error;
    tables += result.output.find("tables and pictures") != std::string::npos ? 1 : 0;
    for (auto at = result.error.find(": training,"); at != std::string::npos;
         at = result.error.find(": training,", at + 1)) {
      ++trainings;
    }
  }
  EXPECT_GE(tables, 1);
  EXPECT_EQ(trainings, 4U);
  for (const char* run : {"ours/seed-3", "ours/seed-4", "theirs/seed-3", "theirs/seed-4"}) {
    EXPECT_TRUE(read_text(to / "runs" / run / "best.safetensors") ==
                read_text(out() / "runs" / run / "best.safetensors"))
        << run;
  }
  const auto shared = document(to), whole = document(out());
  for (const std::size_t side : {0U, 1U}) {
    EXPECT_EQ(shared["sides"][side]["mean_dice"], whole["sides"][side]["mean_dice"]);
    EXPECT_EQ(shared["sides"][side]["ci"], whole["sides"][side]["ci"]);
  }
}

TEST_F(Compare, OneProcessGoesOnWithTheRunsOfOneThatWasKilled) {
  write_text(recipe("long"), recipe_of(unet_model, 4));
  const fs::path whole = *folder_ / "not killed", to = *folder_ / "killed";
  ASSERT_EQ(compare({"long"}, whole, {"--threads", "1"}).exit_code, 0);
  std::vector<std::string> words =
      command({"long"}, to, {"--threads", "1", "--quiet", "--shard", "1/2"});
  words.insert(words.begin(), bcnet_path());
  const fs::path metrics = to / "runs/long/seed-3/metrics.jsonl";
  ASSERT_EQ(interrupt_program(words, SIGKILL, [&] { return fs::exists(metrics); }), 128 + SIGKILL);
  const auto result = compare({"long"}, to, {"--threads", "1", "--shard", "2/2"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("goes on in epoch"));
  EXPECT_TRUE(read_text(to / "runs/long/seed-3/best.safetensors") ==
              read_text(whole / "runs/long/seed-3/best.safetensors"));
  EXPECT_TRUE(fs::exists(to / "comparison.json"));
}

TEST_F(Compare, WhatFailedIsLeftByTheOthersAndMarked) {
  const fs::path to = *folder_ / "failing shared";
  write_text(to / "runs/theirs/seed-3", "a file where a folder is to be\n");
  const auto first = compare({"theirs", "ours"}, to, {"--shard", "1/2"});
  EXPECT_EQ(first.exit_code, 1) << first.error;
  EXPECT_THAT(document(to)["sides"][0]["runs"][0]["state"].get<std::string>(),
              HasSubstr("failed: "));
  const auto second = compare({"theirs", "ours"}, to, {"--shard", "2/2"});
  EXPECT_EQ(second.exit_code, 1) << second.error;
  EXPECT_THAT(second.error, Not(HasSubstr("theirs/seed-3: training,")));
  fs::remove(to / "runs/theirs/seed-3");
  EXPECT_EQ(compare({"theirs", "ours"}, to, {"--shard", "1/2"}).exit_code, 0);
}

TEST_F(Compare, RefusesSharesThatAreNone) {
  for (const char* shard : {"0/3", "4/3", "a/b", "env"}) {
    const auto result = compare({"ours"}, *folder_ / "none", {std::string("--shard=") + shard});
    EXPECT_EQ(result.exit_code, 2) << shard;
    EXPECT_THAT(result.error, HasSubstr("--shard"));
  }
  EXPECT_EQ(compare({"ours"}, *folder_ / "none", {"--shard", "1/2", "--table"}).exit_code, 2);
  EXPECT_FALSE(fs::exists(*folder_ / "none"));
  const fs::path to = copy("changed share");
  write_text(*folder_ / "other" / "theirs.toml", recipe_of(unet_model, 3));
  const auto result =
      bcnet({"compare", recipe("ours").string(), (*folder_ / "other" / "theirs.toml").string(),
             "--data", data(), "--out", to.string(), "--seeds", "2", "--shard", "1/2"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("found a run of another recipe"));
}

TEST_F(Compare, MarksUnfinishedRunsInTheTable) {
  const fs::path to = copy("unfinished");
  const fs::path metrics = to / "runs/theirs/seed-3/metrics.jsonl";
  const std::string lines = read_text(metrics);
  write_text(metrics, lines.substr(0, lines.find('\n') + 1));
  fs::remove_all(to / "runs/theirs/seed-4");
  const auto result = compare({"ours", "theirs"}, to, {"--seeds", "2", "--table"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("theirs/seed-3: no finished run"));
  const auto theirs = document(to)["sides"][1];
  EXPECT_EQ(theirs["runs"][0]["state"], "unfinished");
  EXPECT_EQ(theirs["runs"][1]["state"], "not trained");
  EXPECT_FALSE(theirs.contains("mean_dice"));
  EXPECT_THAT(read_text(to / "comparison.md"), HasSubstr("0 of 2 runs; unfinished: 1 of 2 epochs"));
}

TEST_F(Compare, ARunThatFailsDoesNotStopTheOthers) {
  const fs::path to = *folder_ / "failing";
  write_text(recipe("broken"), recipe_of(unet_model, 1) + "weird = 1\n");
  EXPECT_EQ(compare({"broken", "ours"}, to, {}).exit_code, 2);  // a bad recipe stops all at once
  write_text(to / "runs/theirs/seed-3", "a file where a folder is to be\n");
  const auto result = compare({"theirs", "ours"}, to, {});
  EXPECT_EQ(result.exit_code, 1) << result.error;
  const auto comparison = document(to);
  EXPECT_THAT(comparison["sides"][0]["runs"][0]["state"].get<std::string>(), HasSubstr("failed: "));
  EXPECT_TRUE(comparison["sides"][1].contains("mean_dice"));
}

TEST_F(Compare, FoldsMeasureEveryImageOnce) {
  const fs::path to = *folder_ / "folds";
  const auto result = compare({"ours", "theirs"}, to, {"--folds", "3"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto comparison = document(to);
  EXPECT_EQ(comparison["repeated_by"], "fold");
  for (const auto& side : comparison["sides"]) {
    EXPECT_EQ(side["runs"].size(), 3U);
    EXPECT_EQ(side["images"], 24);
    int images = 0;
    for (const auto& run : side["runs"]) {
      images += run["images"].get<int>();
    }
    EXPECT_EQ(images, 24);
  }
}

TEST_F(Compare, RefusesTwoRecipesOfOneName) {
  write_text(*folder_ / "other" / "ours.toml", recipe_of(unet_model, 1));
  const auto result =
      bcnet({"compare", recipe("ours").string(), (*folder_ / "other" / "ours.toml").string(),
             "--data", data(), "--out", (*folder_ / "names").string()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("found two recipes of the name 'ours'"));
  EXPECT_FALSE(fs::exists(*folder_ / "names"));
}

TEST_F(Compare, RefusesARunOfAnotherRecipe) {
  const fs::path to = copy("changed");
  write_text(*folder_ / "other" / "theirs.toml", recipe_of(unet_model, 3));
  const auto result =
      bcnet({"compare", recipe("ours").string(), (*folder_ / "other" / "theirs.toml").string(),
             "--data", data(), "--out", to.string(), "--seeds", "2"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("found a run of another recipe"));
}

TEST_F(Compare, RefusesWeightsOfAnotherArchitecture) {
  const fs::path to = copy("swapped");
  fs::copy_file(to / "runs/theirs/seed-3/best.safetensors",
                to / "runs/ours/seed-3/best.safetensors", fs::copy_options::overwrite_existing);
  const auto result = compare({"ours", "theirs"}, to, {"--seeds", "2"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.error, AllOf(HasSubstr("found weights of the architecture"), HasSubstr("unet"),
                                  HasSubstr("ours/seed-3")));
}

TEST_F(Compare, BadUsageIsExitTwo) {
  EXPECT_EQ(compare({"ours"}, *folder_ / "none", {"--folds", "1"}).exit_code, 2);
  EXPECT_EQ(compare({"ours"}, *folder_ / "none", {"--folds", "3", "--seeds", "2"}).exit_code, 2);
  EXPECT_EQ(compare({"missing"}, *folder_ / "none", {}).exit_code, 2);
  EXPECT_FALSE(fs::exists(*folder_ / "none"));
}

TEST_F(Compare, JsonFollowsTheSchema) {
  if (!test_python()) {
    GTEST_SKIP() << no_python;
  }
  expect_schemas({{"compare", (out() / "comparison.json").string()}});
}

/// The data as a manifest of three hospitals.
std::string hospitals(const fs::path& data, bool all = true) {
  std::string rows = "image,mask,split,group\n";
  int number = 0;
  std::vector<std::string> stems;
  for (const auto& entry : fs::directory_iterator(data / "images")) {
    stems.push_back(entry.path().stem().string());
  }
  std::sort(stems.begin(), stems.end());
  for (const std::string& stem : stems) {
    const char* groups[] = {"Ham", "Egg/1", "Egg 1"};
    const std::string group = groups[number++ % 3];
    rows += "images/" + stem + ".jpg,masks/" + stem + ".png,train," + (all ? group : "Ham") + "\n";
  }
  const fs::path file = data / (all ? "hospitals.csv" : "hospital.csv");
  write_text(file, rows);
  return file.string();
}

TEST_F(Compare, LeavesEachHospitalOutOnce) {
  const std::string manifest = hospitals(data());
  const fs::path to = *folder_ / "hospitals";
  const ProgramResult result =
      bcnet({"compare", recipe("ours").string(), recipe("theirs").string(), "--data", manifest,
             "--out", to.string(), "--rounds", "1", "--leave-one-out"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto comparison = document(to);
  EXPECT_EQ(comparison["repeated_by"], "group");
  EXPECT_EQ(comparison["part"], "each group");
  const auto& side = comparison["sides"][0];
  ASSERT_EQ(side["runs"].size(), 3U);
  double sum = 0;
  for (const auto& run : side["runs"]) {
    EXPECT_EQ(run["images"], 8) << run;
    sum += run["mean_dice"].get<double>();
    // The group is in none of the parts that the run saw.
    const std::string name = run["run"];
    const std::string seen = read_text(to / "runs" / name / "manifest.csv");
    const auto measured = nlohmann::json::parse(read_text(to / run["result"].get<std::string>()));
    for (const auto& image : measured["per_image"]) {
      EXPECT_THAT(seen, Not(HasSubstr(image["image"].get<std::string>()))) << name;
    }
  }
  EXPECT_EQ(side["runs"][0]["left_out"], "Egg 1");
  EXPECT_EQ(side["runs"][0]["run"], "ours/without-Egg_1");
  EXPECT_EQ(side["runs"][1]["run"], "ours/without-Egg_1-2");
  EXPECT_EQ(side["images"], 24);
  EXPECT_TRUE(side["runs"][0].contains("hd95"));
  expect_schemas({{"compare", to / "comparison.json"}});
  EXPECT_NEAR(side["over_groups"]["mean_dice"].get<double>(), sum / 3, 1e-12);
  for (const std::string& text :
       {read_text(to / "comparison.md"), read_text(to / "comparison.html"), result.output}) {
    EXPECT_THAT(text, AllOf(HasSubstr("mean over groups"), HasSubstr("theirs: HD95")));
  }
  EXPECT_GT(sum, 0.01);
  // Trained, they are measured anew: of a barely trained network no region is that certain.
  const auto again = [&](const std::string& confidence) {
    return bcnet({"compare", recipe("ours").string(), recipe("theirs").string(), "--data", manifest,
                  "--out", to.string(), "--rounds", "1", "--leave-one-out", "--table",
                  "--min-confidence", confidence});
  };
  const ProgramResult quiet = again("0.999");
  ASSERT_EQ(quiet.exit_code, 0) << quiet.error;
  const auto silent = document(to);
  EXPECT_THAT(silent["command"].get<std::string>(), HasSubstr(" --min-confidence 0.999"));
  for (const auto& of : silent["sides"]) {
    EXPECT_LT(of["over_groups"]["mean_dice"], 1e-6) << of["name"];
  }
  const ProgramResult refused = again("1");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.error, HasSubstr("min"));
}

// As PolypGen's hospitals may lie: each a data set of its own.
TEST_F(Compare, TakesFoldersOfHospitalsForGroups) {
  const fs::path hospitals = *folder_ / "folders";
  for (const char* name : {"Ham", "Egg"}) {
    ASSERT_EQ(bcnet({"data", "synth", "--out", (hospitals / name).string(), "--count", "8",
                     "--seed", std::to_string(name[0])})
                  .exit_code,
              0);
  }
  const fs::path to = *folder_ / "of-folders";
  const ProgramResult result =
      bcnet({"compare", recipe("ours").string(), "--data", hospitals.string(), "--out", to.string(),
             "--rounds", "1", "--leave-one-out"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto runs = document(to)["sides"][0]["runs"];
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0]["left_out"], "Egg");
  EXPECT_EQ(runs[0]["images"], 8);
  EXPECT_EQ(runs[1]["left_out"], "Ham");
  const std::string seen = read_text(to / "runs/ours/without-Egg/manifest.csv");
  EXPECT_THAT(seen, AllOf(HasSubstr("Ham/images/"), Not(HasSubstr("Egg/"))));
  // Frames of a sequence are one group when the hospital alone is divided, here the hospital's.
  for (const char* part : {"images", "masks"}) {
    std::vector<fs::path> files(fs::directory_iterator(hospitals / "Egg" / part), {});
    std::sort(files.begin(), files.end());
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string name = std::to_string(i / 2) + "_endocv2021_positive_" + std::to_string(i);
      fs::rename(files[i], files[i].parent_path() / (name + files[i].extension().string()));
    }
  }
  const ProgramResult sequences =
      bcnet({"compare", recipe("theirs").string(), "--data", hospitals.string(), "--out",
             (*folder_ / "of-sequences").string(), "--rounds", "1", "--leave-one-out"});
  ASSERT_EQ(sequences.exit_code, 0) << sequences.error;
  const auto of_sequences = document(*folder_ / "of-sequences")["sides"][0]["runs"];
  ASSERT_EQ(of_sequences.size(), 2U);
  EXPECT_EQ(of_sequences[0]["left_out"], "Egg");
  EXPECT_EQ(of_sequences[0]["images"], 8);
}

TEST_F(Compare, RefusesDataWithoutAPolyp) {
  const fs::path healthy = *folder_ / "healthy";
  fs::create_directories(healthy);
  fs::copy(data() + "/images", healthy / "images");
  nlohmann::json coco{{"images", nlohmann::json::array()},
                      {"annotations", nlohmann::json::array()},
                      {"categories", nlohmann::json::array()}};
  for (const auto& entry : fs::directory_iterator(healthy / "images")) {
    coco["images"].push_back(
        {{"id", coco["images"].size() + 1}, {"file_name", entry.path().filename().string()}});
  }
  write_text(healthy / "coco.json", coco.dump());
  const ProgramResult result =
      bcnet({"compare", recipe("theirs").string(), "--data", (healthy / "coco.json").string(),
             "--out", (*folder_ / "of-healthy").string()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("masks has foreground, there is nothing to learn from"));
}

TEST_F(Compare, NeedsGroupsToLeaveOneOut) {
  const auto refused = [&](const std::string& data, const std::vector<std::string>& more) {
    std::vector<std::string> words{
        "compare", recipe("ours").string(),         "--data",         data,
        "--out",   (*folder_ / "refused").string(), "--leave-one-out"};
    words.insert(words.end(), more.begin(), more.end());
    return bcnet(words);
  };
  ProgramResult result = refused(data(), {});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("images without a group"));
  result = refused(hospitals(data(), false), {});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.error, HasSubstr("one group, 'Ham'"));
  EXPECT_EQ(refused(data(), {"--folds", "2"}).exit_code, 2);
  EXPECT_EQ(refused(data(), {"--split", "test"}).exit_code, 2);
}

}  // namespace
}  // namespace bcnet::test
