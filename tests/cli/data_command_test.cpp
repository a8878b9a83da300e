#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <set>
#include <sstream>
#include <string>
#include <tuple>

#include "image/codec.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// One line on stderr that names what is wrong, nothing on stdout.
void expect_failure(const ProgramResult& result, int exit_code, const std::string& text) {
  EXPECT_EQ(result.exit_code, exit_code) << result.error;
  EXPECT_THAT(result.error, HasSubstr(text));
  EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1) << result.error;
  EXPECT_EQ(result.output, "");
}

TEST(DataSynth, DrawsAFlatDataSet) {
  const TemporaryFolder folder;
  const std::string out = folder / "一 data";
  const auto result = bcnet({"data", "synth", "--out", out, "--count", "3", "--seed", "9"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("3 pairs"));
  EXPECT_TRUE(fs::exists(fs::path(out) / "images/synth_0003.jpg"));
  EXPECT_TRUE(fs::exists(fs::path(out) / "masks/synth_0003.png"));
  expect_failure(bcnet({"data", "synth", "--out", out}), 2, "holds files already");
}

TEST(DataSynth, RefusesCountsOutOfRangeAndAFileInTheWay) {
  const TemporaryFolder folder;
  expect_failure(bcnet({"data", "synth", "--out", folder / "a", "--count", "0"}), 2, "--count");
  write_text(folder / "file", "");
  expect_failure(bcnet({"data", "synth", "--out", folder / "file"}), 1, "file");
}

TEST(DataPreview, WritesAPicture) {
  const TemporaryFolder folder;
  const std::string data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "4", "--quiet"}).output, "");
  const std::string out = folder / "new/preview.png";
  const auto result = bcnet({"data", "preview", "--data", data, "--out", out, "--augment", "strong",
                             "--count", "2", "--size", "64"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("2 of 4 samples"));
  EXPECT_THAT(read_text(out), testing::StartsWith("\x89PNG"));
}

TEST(DataPreview, ShowsAPolicyOfARecipe) {
  const TemporaryFolder folder;
  const std::string data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "2", "--quiet"}).output, "");
  const std::string recipe = folder / "r.toml";
  write_text(recipe, "[augmentation.mine]\nvertical_flip = 1\n[augmentation.plain]\n");
  const auto preview = [&](const std::string& policy, const std::string& out) {
    return bcnet({"data", "preview", "--data", data, "--out", folder / out, "--recipe", recipe,
                  "--augment", policy, "--size", "64"});
  };
  EXPECT_EQ(preview("mine", "mine.png").exit_code, 0);
  EXPECT_EQ(preview("plain", "plain.png").exit_code, 0);
  EXPECT_EQ(preview("none", "none.png").exit_code, 0);
  EXPECT_EQ(read_text(folder / "plain.png"), read_text(folder / "none.png"));
  EXPECT_NE(read_text(folder / "mine.png"), read_text(folder / "none.png"));
  expect_failure(preview("yours", "yours.png"), 2, "lite_strong, mine, plain");
  write_text(recipe, "[augmentation.mine]\nhue = 999\n");
  expect_failure(preview("mine", "mine.png"), 2, "r.toml:2: augmentation.mine.hue: found 999");
  fs::remove(recipe);
  expect_failure(preview("mine", "mine.png"), 2, "r.toml");
}

/// A data set of one picture whose right half shows mucosa, with a polyp; the rest is dark.
std::string bordered_data(const TemporaryFolder& folder) {
  const std::string data = folder / "data";
  cv::Mat image(150, 300, CV_8UC3, cv::Scalar::all(0));
  image.colRange(150, 300).setTo(cv::Scalar(190, 90, 70));
  cv::Mat mask(150, 300, CV_8UC1, cv::Scalar(0));
  mask(cv::Rect(200, 50, 50, 50)).setTo(255);
  fs::create_directories(fs::path(data) / "images");
  fs::create_directories(fs::path(data) / "masks");
  write_png(fs::path(data) / "images/a.png", image);
  write_png(fs::path(data) / "masks/a.png", mask);
  return data;
}

TEST(DataPreview, ShowsWholeFramesWhereAsked) {
  const TemporaryFolder folder;
  const std::string data = bordered_data(folder);
  const auto dark = [&](const std::vector<std::string>& more) {
    const std::string out = folder / "preview.png";
    std::vector<std::string> words{"data",  "preview", "--data", data,
                                   "--out", out,       "--size", "100"};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = bcnet(words);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    cv::Mat found;
    cv::inRange(decode_image(out)(cv::Rect(4, 4, 100, 100)), cv::Scalar::all(0),
                cv::Scalar::all(20), found);
    return cv::countNonZero(found) / 10000.0;
  };
  EXPECT_LT(dark({}), 0.1);
  EXPECT_NEAR(dark({"--whole-frame"}), 0.5, 0.03);
}

TEST(DataPreview, ShowsWhatIsCutOff) {
  const TemporaryFolder folder;
  const std::string data = bordered_data(folder);
  const std::string out = folder / "fields.png";
  const auto preview = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"data", "preview", "--data", data,     "--out",
                                   out,    "--size",  "100",    "--field"};
    words.insert(words.end(), more.begin(), more.end());
    return bcnet(words);
  };
  const auto result = preview({});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("1 of 1 samples in " + out));
  EXPECT_THAT(result.output, HasSubstr("from 1 of them a border is cut off"));
  EXPECT_EQ(decode_image(out).size(), cv::Size(2 * 104 + 4, 104 + 4));
  expect_failure(preview({"--whole-frame"}), 2, "--whole-frame");
  expect_failure(preview({"--augment", "strong"}), 2, "--augment");
  expect_failure(preview({"--corrupt", "all"}), 2, "--corrupt");
}

TEST(DataPreview, ShowsCorruptions) {
  const TemporaryFolder folder;
  const std::string data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "2", "--quiet"}).output, "");
  const std::string out = folder / "corruptions.png";
  const auto preview = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"data", "preview", "--data", data, "--out", out};
    words.insert(words.end(), more.begin(), more.end());
    return bcnet(words);
  };
  const auto result = preview({"--corrupt", "blur,rotation", "--size", "32"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, testing::AllOf(HasSubstr("images/synth_0001.jpg as it is"),
                                            HasSubstr("rotation       degrees: 10, 25, 45")));
  EXPECT_THAT(read_text(out), testing::StartsWith("\x89PNG"));
  expect_failure(preview({"--corrupt", "fog"}), 2, "--corrupt: found 'fog', allowed are all, blur");
  expect_failure(preview({"--corrupt", "all", "--augment", "strong"}), 2, "--augment");
}

TEST(DataPreview, NamesBadInput) {
  const TemporaryFolder folder;
  const std::string data = folder / "data";
  const std::string out = folder / "preview.png";
  const auto preview = [&](const std::string& from) {
    return bcnet({"data", "preview", "--data", from, "--out", out});
  };
  expect_failure(preview(data), 3, "no such folder");
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "2"}).exit_code, 0);
  write_text(folder / "data/images/synth_0001.jpg", "no picture");
  expect_failure(preview(data), 3, "synth_0001.jpg: is no image");
  fs::remove(folder / "data/images/synth_0001.jpg");
  expect_failure(preview(data), 3, "synth_0001.png: mask without image");
  fs::create_directories(folder / "split/train");
  fs::create_directories(folder / "split/val");
  expect_failure(preview(folder / "split"), 2, "train, val");
  EXPECT_FALSE(fs::exists(out));
  const auto policy =
      bcnet({"data", "preview", "--data", data, "--out", out, "--augment", "strongest"});
  expect_failure(policy, 2, "strongest");
}

/// A data set with splits that draws four pairs for training and two for validation.
std::string split_data(const TemporaryFolder& folder) {
  const std::string data = folder / "data";
  for (const auto& [split, count, seed] :
       {std::tuple{"train", "4", "1"}, {"validation", "2", "2"}}) {
    EXPECT_EQ(bcnet({"data", "synth", "--out", data + "/" + split, "--count", count, "--seed", seed,
                     "--quiet"})
                  .exit_code,
              0);
  }
  return data;
}

TEST(DataCheck, FindsNothingInGoodData) {
  const TemporaryFolder folder;
  const std::string data = split_data(folder);
  const auto result = bcnet({"data", "check", "--data", data, "--quiet"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(result.error, "");
  EXPECT_THAT(result.output,
              HasSubstr("6 pairs in train, validation: 0 errors, 0 warnings, 0 notes"));
}

TEST(DataCheck, ExitsWithThreeForLeakageAndNamesBothFiles) {
  const TemporaryFolder folder;
  const fs::path data = split_data(folder);
  fs::copy_file(data / "train/images/synth_0003.jpg", data / "validation/images/leak.jpg");
  fs::copy_file(data / "train/masks/synth_0003.png", data / "validation/masks/leak.png");
  const std::string html = folder / "new/check.html";
  const auto result =
      bcnet({"data", "check", "--data", data, "--json", "-", "--html", html, "--quiet"});
  EXPECT_EQ(result.exit_code, 3) << result.error;
  const auto json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json["pairs"], 7);
  EXPECT_EQ(json["errors"], 1);
  const auto& finding = json["findings"][0];
  EXPECT_EQ(finding["kind"], "exact_duplicate");
  EXPECT_EQ(finding["files"], (std::vector<std::string>{"train/images/synth_0003.jpg",
                                                        "validation/images/leak.jpg"}));
  const std::string page = read_text(html);
  EXPECT_THAT(page, HasSubstr("validation/images/leak.jpg"));
  EXPECT_THAT(page, testing::ContainsRegex("<img[^>]*src=\"data:image/jpeg;base64,/9j/"));
  EXPECT_THAT(page, testing::Not(HasSubstr("http")));
}

TEST(DataCheck, EscapesNamesInThePageAndOnTheTerminal) {
  const TemporaryFolder folder;
  const fs::path data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "1"}).exit_code, 0);
  write_text(data / "images/<img src=x onerror=alert(1)>\x1b[2J.jpg", "no picture");
  const std::string html = folder / "check.html";
  const auto result = bcnet({"data", "check", "--data", data, "--html", html, "--quiet"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output, HasSubstr("images/<img src=x onerror=alert(1)>\\x1b[2J.jpg"));
  EXPECT_THAT(read_text(html), testing::AllOf(testing::Not(HasSubstr("<img src=x")),
                                              HasSubstr("&lt;img src=x onerror=alert(1)&gt;")));
}

TEST(DataCheck, EscapesSplitsInThePageAndOnTheTerminal) {
  const TemporaryFolder folder;
  const fs::path data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "2"}).exit_code, 0);
  const std::string split = "<script>alert(1)</script>\x1b[2J";
  write_text(folder / "splits.csv",
             "image,mask,split\nimages/synth_0001.jpg,masks/synth_0001.png," + split +
                 "\nimages/synth_0002.jpg,masks/synth_0002.png,b\n");
  const std::string html = folder / "check.html";
  const auto result = bcnet({"data", "check", "--data", data, "--manifest", folder / "splits.csv",
                             "--html", html, "--quiet"});
  EXPECT_THAT(result.output, testing::AllOf(HasSubstr("<script>alert(1)</script>\\x1b[2J, b: "),
                                            testing::Not(HasSubstr("\x1b"))));
  EXPECT_THAT(read_text(html), testing::AllOf(testing::Not(HasSubstr("<script>")),
                                              HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;")));
}

TEST(Messages, ShowControlCharacters) {
  const TemporaryFolder folder;
  const fs::path data = folder / "data";
  // An error, and a line of the log.
  const auto missing = bcnet({"data", "check", "--data", folder / "a\x1b[2J\nb"});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.error, HasSubstr("a\\x1b[2J\\x0ab: no such folder\n"));
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "2"}).exit_code, 0);
  write_text(data / "images/x\x1b[2J.jpg", "no picture");
  write_text(data / "masks/x\x1b[2J.png", "no picture");
  const auto logged = bcnet({"data", "convert", "--data", data, "--out", folder / "flat"});
  EXPECT_EQ(logged.exit_code, 3);
  EXPECT_THAT(logged.error,
              testing::AllOf(HasSubstr("x\\x1b[2J.jpg: "), testing::Not(HasSubstr("\x1b"))));
}

TEST(DataCheck, TakesNoImageAndOneImage) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "empty/images");
  const auto none = bcnet({"data", "check", "--data", folder / "empty", "--quiet"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_THAT(none.output, HasSubstr("images: holds no images"));
  ASSERT_EQ(bcnet({"data", "synth", "--out", folder / "one", "--count", "1"}).exit_code, 0);
  EXPECT_EQ(bcnet({"data", "check", "--data", folder / "one", "--quiet"}).exit_code, 0);
  expect_failure(bcnet({"data", "check", "--data", folder / "none"}), 3, "none: no such folder");
}

TEST(DataCheck, NamesTheImageWhoseAnnotationIsBroken) {
  const TemporaryFolder folder;
  const std::string flat = folder / "flat";
  const std::string data = folder / "coco";
  ASSERT_EQ(bcnet({"data", "synth", "--out", flat, "--count", "3"}).exit_code, 0);
  ASSERT_EQ(bcnet({"data", "convert", "--data", flat, "--out", data, "--layout", "coco"}).exit_code,
            0);
  const fs::path file = fs::path(data) / "annotations/instances_default.json";
  auto json = nlohmann::json::parse(read_text(file));
  json["annotations"][0]["segmentation"]["counts"] = "7 7";
  write_text(file, json.dump());
  const auto result =
      bcnet({"data", "check", "--data", data, "--html", folder / "check.html", "--quiet"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output, HasSubstr("images/synth_0001.jpg: annotation 1: compressed run "
                                       "lengths are broken at character 2"));
  EXPECT_THAT(result.output, HasSubstr("3 pairs: 1 errors"));
  EXPECT_THAT(read_text(folder / "check.html"), HasSubstr("images/synth_0001.jpg"));
  const auto converted = bcnet({"data", "convert", "--data", data, "--out", folder / "back"});
  EXPECT_EQ(converted.exit_code, 3);
  EXPECT_THAT(converted.output, HasSubstr("2 pairs (coco to flat)"));
  EXPECT_THAT(converted.error, HasSubstr("images/synth_0001.jpg: annotation 1:"));
}

TEST(DataCheck, EndsWhereLinksGoInCircles) {
  const TemporaryFolder folder;
  const fs::path data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "2"}).exit_code, 0);
  fs::create_directory_symlink(data, data / "again");
  fs::create_directory_symlink(data, data / "images/again");
  EXPECT_EQ(bcnet({"data", "check", "--data", data, "--quiet"}).exit_code, 0);
  fs::create_symlink(data / "images/loop.jpg", data / "images/loop.jpg");
  write_text(data / "masks/loop.png", "");
  const auto result = bcnet({"data", "check", "--data", data, "--quiet"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output, HasSubstr("images/loop.jpg: "));
  fs::create_directory_symlink(folder / "circle", folder / "circle");
  expect_failure(bcnet({"data", "check", "--data", folder / "circle"}), 3, "circle");
}

TEST(DataCheck, RefusesABadManifest) {
  const TemporaryFolder folder;
  const fs::path data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "2"}).exit_code, 0);
  const std::string csv = folder / "split.csv";
  const auto check = [&](const std::string& text) {
    write_text(csv, text);
    return bcnet({"data", "check", "--data", data, "--manifest", csv, "--quiet"});
  };
  expect_failure(check("image,mask\n"), 3, "split.csv:1: the first line must be image,mask,split");
  expect_failure(check("image,mask,split\n/etc/passwd,a.png,train\n"), 3,
                 "split.csv:2: '/etc/passwd' leaves");
  const auto missing = check("image,mask,split\nimages\\1.jpg,masks\\1.png,train\r\n");
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.output, HasSubstr("images/1.jpg: "));
  const auto good =
      check("image,mask,split\r\nimages\\synth_0001.jpg,masks\\synth_0001.png,train\r\n");
  EXPECT_EQ(good.exit_code, 0) << good.output << good.error;
  EXPECT_THAT(good.output, HasSubstr("1 pairs in train"));
}

TEST(DataCheck, JsonFollowsTheSchema) {
  if (!test_python()) {
    GTEST_SKIP() << no_python;
  }
  const TemporaryFolder folder;
  const fs::path data = split_data(folder);
  write_text(data / "train/images/synth_0001.jpg", "no picture");
  fs::remove(data / "train/masks/synth_0002.png");
  const std::string json = folder / "check.json";
  ASSERT_EQ(bcnet({"data", "check", "--data", data, "--json", json, "--quiet"}).exit_code, 3);
  expect_schemas({{"data-check", json}});
}

TEST(DataSplit, WritesAManifest) {
  const TemporaryFolder folder;
  const std::string data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "10"}).exit_code, 0);
  const auto split = [&](const std::string& file, const std::string& seed) {
    const auto result = bcnet({"data", "split", "--data", data, "--percent", "20", "--seed", seed,
                               "--out", folder / file});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_THAT(result.output, HasSubstr("8 for training, 2 for validation"));
    return read_text(folder / file);
  };
  const std::string first = split("a.csv", "1");
  EXPECT_THAT(first, testing::StartsWith("image,mask,split\nimages/synth_"));
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 11);
  EXPECT_EQ(split("b.csv", "1"), first);
  EXPECT_NE(split("c.csv", "2"), first);
}

TEST(DataSplit, TakesATestPart) {
  const TemporaryFolder folder;
  const std::string data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "10"}).exit_code, 0);
  const auto result = bcnet({"data", "split", "--data", data, "--percent", "20", "--test-percent",
                             "10", "--out", folder / "split.csv"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("7 for training, 2 for validation, 1 for test,"));
  EXPECT_THAT(read_text(folder / "split.csv"), HasSubstr(",test\n"));
  expect_failure(bcnet({"data", "split", "--data", data, "--percent", "60", "--test-percent", "50",
                        "--out", folder / "b.csv"}),
                 2, "shares to hold out are 0.6 and 0.5");
}

TEST(DataSplit, WritesFoldsThatAreDisjointAndComplete) {
  const TemporaryFolder folder;
  const std::string data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "9"}).exit_code, 0);
  const std::string out = folder / "folds";
  const std::vector<std::string> command{"data", "split",  "--data", data,    "--folds",
                                         "3",    "--seed", "4",      "--out", out};
  const auto result = bcnet(command);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 3);
  std::multiset<std::string> held;
  for (int i = 1; i <= 3; ++i) {
    std::istringstream rows(read_text(fs::path(out) / ("fold-" + std::to_string(i) + ".csv")));
    std::string row;
    int count = 0;
    while (std::getline(rows, row)) {
      ++count;
      if (row.size() > 11 && row.substr(row.size() - 11) == ",validation") {
        held.insert(row);
      }
    }
    EXPECT_EQ(count, 10);
  }
  EXPECT_EQ(held.size(), 9U);
  EXPECT_EQ(std::set<std::string>(held.begin(), held.end()).size(), 9U);
  expect_failure(bcnet(command), 2, "holds files already");
  EXPECT_EQ(bcnet({"data", "split", "--data", data, "--folds", "3", "--percent", "10", "--out",
                   folder / "x"})
                .exit_code,
            2);
}

/// The groups of each part of a manifest with the column group.
std::map<std::string, std::set<std::string>> groups_by_part(const fs::path& manifest) {
  std::map<std::string, std::set<std::string>> groups;
  std::istringstream rows(read_text(manifest));
  std::string row;
  std::getline(rows, row);
  EXPECT_EQ(row, "image,mask,split,group");
  while (std::getline(rows, row)) {
    const auto group = row.rfind(','), part = row.rfind(',', group - 1);
    groups[row.substr(part + 1, group - part - 1)].insert(row.substr(group + 1));
  }
  return groups;
}

/// Twelve pairs, of which three in a row are of one patient: a to d.
std::string patients(const TemporaryFolder& folder) {
  const std::string data = folder / "data";
  EXPECT_EQ(bcnet({"data", "synth", "--out", data, "--count", "12"}).exit_code, 0);
  std::string text = "image,mask,split,group\n";
  for (int i = 0; i < 12; ++i) {
    const std::string stem = fmt::format("synth_{:04}", i + 1);
    text += "images/" + stem + ".jpg,masks/" + stem + ".png,,";
    text += std::string(1, static_cast<char>('a' + i / 3)) + "\n";
  }
  write_text(fs::path(data) / "patients.csv", text);
  return data;
}

TEST(DataSplit, KeepsGroupsOfAManifestOnOneSide) {
  const TemporaryFolder folder;
  const std::string data = patients(folder);
  const auto split = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"data", "split", "--data", data + "/patients.csv"};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = bcnet(words);
    EXPECT_EQ(result.exit_code, 0) << result.error;
  };
  split({"--percent", "25", "--out", folder / "split.csv"});
  auto parts = groups_by_part(folder / "split.csv");
  EXPECT_EQ(parts["train"].size(), 3U);
  EXPECT_EQ(parts["validation"].size(), 1U);
  EXPECT_EQ(parts["train"].count(*parts["validation"].begin()), 0U);

  split({"--folds", "2", "--out", folder / "folds"});
  std::set<std::string> held;
  for (const char* fold : {"fold-1.csv", "fold-2.csv"}) {
    parts = groups_by_part(folder / "folds" / fold);
    EXPECT_EQ(parts["validation"].size(), 2U);
    for (const std::string& group : parts["validation"]) {
      EXPECT_EQ(parts["train"].count(group), 0U) << group;
      EXPECT_TRUE(held.insert(group).second) << group;
    }
  }
  EXPECT_EQ(held.size(), 4U);
}

TEST(DataSplit, KeepsSequencesOfPolypGenOnOneSide) {
  const TemporaryFolder folder;
  const fs::path data = folder / "C4";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "12"}).exit_code, 0);
  for (int i = 0; i < 12; ++i) {
    const std::string stem = fmt::format("synth_{:04}", i + 1);
    const std::string name = fmt::format("{}_endocv2021_positive_{}", 8 + i / 3, i);
    fs::rename(data / "images" / (stem + ".jpg"), data / "images" / (name + ".jpg"));
    fs::rename(data / "masks" / (stem + ".png"), data / "masks" / (name + ".png"));
  }
  const auto result =
      bcnet({"data", "split", "--data", data, "--percent", "25", "--out", folder / "split.csv"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  auto parts = groups_by_part(folder / "split.csv");
  EXPECT_EQ(parts["train"].size(), 3U);
  EXPECT_EQ(parts["validation"].size(), 1U);
  EXPECT_EQ(parts["train"].count(*parts["validation"].begin()), 0U);
}

TEST(DataSplit, WantsMoreThanOneImage) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "none/images");
  fs::create_directories(folder / "none/masks");
  ASSERT_EQ(bcnet({"data", "synth", "--out", folder / "one", "--count", "1"}).exit_code, 0);
  for (const auto& how : {std::vector<std::string>{"--percent", "10"}, {"--folds", "2"}}) {
    std::vector<std::string> command{"data", "split", "--out", folder / "out", "--data"};
    command.insert(command.end() - 1, how.begin(), how.end());
    command.push_back(folder / "none");
    expect_failure(bcnet(command), 3, "images: holds no images");
    command.back() = folder / "one";
    expect_failure(bcnet(command), 3,
                   "images/synth_0001.jpg cannot be divided into 2 parts: found 1 ");
    EXPECT_FALSE(fs::exists(folder / "out"));
  }
}

TEST(DataConvert, WritesEveryLayoutAndReadsItBack) {
  const TemporaryFolder folder;
  const std::string data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "6"}).exit_code, 0);
  const std::string csv = folder / "split.csv";
  ASSERT_EQ(bcnet({"data", "split", "--data", data, "--percent", "30", "--out", csv}).exit_code, 0);
  std::string from = data;
  std::vector<std::string> manifest{"--manifest", csv};
  for (const std::string layout :
       {"split", "coco", "pranet", "manifest", "labelme", "cvc", "flat"}) {
    std::vector<std::string> command{"data",     "convert", "--data", from,
                                     "--layout", layout,    "--out",  folder / layout};
    command.insert(command.end(), manifest.begin(), manifest.end());
    const auto result = bcnet(command);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_THAT(result.output, HasSubstr("6 pairs ("));
    from = folder / layout;
    manifest.clear();
    if (layout == "manifest") {
      from += "/manifest.csv";
      EXPECT_THAT(read_text(from), HasSubstr(",validation\n"));
    }
    const auto check = bcnet({"data", "check", "--data", from, "--quiet"});
    EXPECT_EQ(check.exit_code, 0) << layout << check.output << check.error;
    EXPECT_THAT(check.output, HasSubstr("6 pairs")) << layout;
  }
  // The last of the seven has the first one's masks, byte for byte: all are PNG of one writer.
  for (const auto& entry : fs::directory_iterator(fs::path(data) / "masks")) {
    EXPECT_EQ(read_text(entry.path()), read_text(folder / "flat/masks" / entry.path().filename()));
  }
}

TEST(DataConvert, DoesTheGoodFilesAndOverwritesNone) {
  const TemporaryFolder folder;
  const fs::path data = folder / "data";
  ASSERT_EQ(bcnet({"data", "synth", "--out", data, "--count", "3"}).exit_code, 0);
  write_text(data / "images/synth_0002.jpg", "no picture");
  const std::string out = folder / "out";
  const std::vector<std::string> command{"data", "convert",  "--data", data,     "--out",
                                         out,    "--layout", "coco",   "--json", folder / "c.json"};
  const auto result = bcnet(command);
  EXPECT_EQ(result.exit_code, 3) << result.error;
  EXPECT_THAT(result.error, HasSubstr("images/synth_0002.jpg: "));
  EXPECT_THAT(result.output, HasSubstr("2 pairs (flat to coco)"));
  const auto json = nlohmann::json::parse(read_text(folder / "c.json"));
  EXPECT_EQ(json["pairs"], 2);
  EXPECT_EQ(json["failed"][0]["file"], "images/synth_0002.jpg");
  if (test_python()) {
    expect_schemas({{"data-convert", folder / "c.json"}});
  }
  expect_failure(bcnet(command), 2, "holds files already");
  EXPECT_EQ(bcnet({"data", "convert", "--data", data, "--out", folder / "x", "--layout", "voc"})
                .exit_code,
            2);
}

TEST(DataSplit, NamesAFolderThatIsMissing) {
  const TemporaryFolder folder;
  expect_failure(bcnet({"data", "split", "--data", folder / "none", "--out", folder / "split.csv"}),
                 3, "none: no such folder");
}

TEST(DataHelp, ShowsAnExampleForEachVerb) {
  for (const char* verb : {"synth", "check", "preview", "split", "convert"}) {
    const auto result = bcnet({"data", verb, "--help"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, HasSubstr(std::string("Example:\n  bcnet data ") + verb));
  }
  EXPECT_EQ(bcnet({"data"}).exit_code, 2);
}

TEST(DataSynth, RefusesSeedsThatAreNone) {
  const test::TemporaryFolder folder;
  for (const std::string seed : {"-1", "1.5", "x", "", "9223372036854775808"}) {
    const auto result = bcnet(
        {"data", "synth", "--out", (folder / "out").string(), "--count", "2", "--seed", seed});
    EXPECT_EQ(result.exit_code, 2) << seed;
    EXPECT_THAT(result.error, HasSubstr("--seed: found '" + seed + "', a whole number from 0 to "));
  }
}

TEST(Verbs, ThatAreMistypedAreNamedWithThoseThereAre) {
  const auto result = bcnet({"predct", "--out", "x"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("bcnet: found 'predct', allowed are doctor, info, data"));
  EXPECT_THAT(bcnet({"data", "chek", "--data", "x"}).error,
              HasSubstr("data: found 'chek', allowed are "));
  EXPECT_THAT(bcnet({"data"}).error, HasSubstr("A subcommand is required"));
}

}  // namespace
}  // namespace bcnet::test
