// predict, eval and data check in shares: merged, they find what one process finds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "image/codec.h"
#include "support/program.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using test::ProgramResult;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

class Shards : public ::testing::Test {
 protected:
  Shards() { model_ = test::TinyOnnx().write(folder_ / "tiny.onnx"); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  static Words joined(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  /// Pictures with a red rectangle, their masks a little beside it; one of them is twice there.
  void draw_data(int count) {
    for (int i = 0; i < count; ++i) {
      cv::Mat image(60, 80, CV_8UC3, cv::Scalar::all(0));
      cv::Mat mask(60, 80, CV_8UC1, cv::Scalar(0));
      cv::randu(image, cv::Scalar::all(0), cv::Scalar(40, 90, 90));
      const cv::Rect polyp(5 + i, 10, 12 + i, 14 + i % 5);
      image(polyp).setTo(cv::Scalar(250, 10, 10));
      mask(cv::Rect(polyp.x + i % 3, polyp.y, polyp.width, polyp.height)).setTo(255);
      write_pair(std::to_string(100 + i), image, mask);
    }
    const auto copy = [&](const char* from, const char* to) {
      fs::copy_file(folder_ / "data/images" / from, folder_ / "data/images" / to);
      fs::copy_file(folder_ / "data/masks" / from, folder_ / "data/masks" / to);
    };
    copy("100.png", "copy.png");
    copy("101.png", "COPY2.png");
    copy("101.png", "copy2.png");
  }

  /// Pictures without a polyp; in one of them something is found.
  void add_healthy() {
    cv::Mat image(60, 80, CV_8UC3, cv::Scalar(60, 40, 40));
    const cv::Mat mask(60, 80, CV_8UC1, cv::Scalar(0));
    write_pair("healthy", image, mask);
    image(cv::Rect(30, 20, 20, 20)).setTo(cv::Scalar(250, 10, 10));
    write_pair("red", image, mask);
  }

  void write_pair(const std::string& name, const cv::Mat& image, const cv::Mat& mask) {
    fs::create_directories(folder_ / "data/images");
    fs::create_directories(folder_ / "data/masks");
    write_png(folder_ / "data/images" / (name + ".png"), image);
    write_png(folder_ / "data/masks" / (name + ".png"), mask);
  }

  void break_file(const std::string& name) {
    const std::string bytes = test::read_text(folder_ / name);
    test::write_text(folder_ / name, bytes.substr(0, bytes.size() / 2));
  }

  Words predict_words(const std::string& out, const Words& more = {}) const {
    return joined({"predict", path("data/images"), "--out", path(out), "--model", model_.string(),
                   "--precision", "f32", "--threads", "1", "--save", "mask,json,coco"},
                  more);
  }

  Words eval_words(const Words& more) const {
    return joined({"eval", "--data", path("data"), "--model", model_.string(), "--threads", "1",
                   "--metrics", "all", "--ignore-data-errors", "--seed", "3"},
                  more);
  }

  /// All shares, one after another.
  static void run_shares(const Words& words, int count, int code = 0) {
    for (int number = 1; number <= count; ++number) {
      const auto result = test::bcnet(joined(
          words, {"--shard", std::to_string(number) + "/" + std::to_string(count), "--quiet"}));
      ASSERT_TRUE(result.exit_code == code || result.exit_code == 0) << result.error;
    }
  }

  static Json json_of(const fs::path& file) { return Json::parse(test::read_text(file)); }

  std::vector<Json> lines_of(const std::string& out) const {
    std::vector<Json> lines;
    std::istringstream text(test::read_text(folder_ / out / "predictions.jsonl"));
    for (std::string line; std::getline(text, line);) {
      lines.push_back(Json::parse(line));
      lines.back().erase("milliseconds");
      lines.back().erase("ms");
    }
    return lines;
  }

  test::TemporaryFolder folder_;
  fs::path model_;
};

/// Without what a clock says.
Json timeless(Json summary) {
  for (Json& row : summary["results"]) {
    for (const char* key : {"milliseconds", "ms"}) {
      row.erase(key);
    }
  }
  summary.erase("out");
  return summary;
}

TEST_F(Shards, OfPredictComeToWhatOneProcessFinds) {
  draw_data(12);
  break_file("data/images/103.png");
  EXPECT_EQ(test::bcnet(predict_words("whole", {"--json", path("whole.json")})).exit_code, 3);
  run_shares(predict_words("shared"), 3, 3);
  EXPECT_FALSE(fs::exists(folder_ / "shared/predictions.jsonl"));
  const auto merged = test::bcnet({"merge", path("shared"), "--json", path("merged.json")});
  EXPECT_EQ(merged.exit_code, 3) << merged.error;
  EXPECT_THAT(merged.output, HasSubstr("14 done, 1 failed"));
  EXPECT_EQ(lines_of("shared"), lines_of("whole"));
  EXPECT_EQ(json_of(folder_ / "shared/predictions.coco.json"),
            json_of(folder_ / "whole/predictions.coco.json"));
  EXPECT_EQ(timeless(json_of(folder_ / "merged.json")), timeless(json_of(folder_ / "whole.json")));
  for (const auto& entry : fs::directory_iterator(folder_ / "whole")) {
    EXPECT_TRUE(fs::exists(folder_ / "shared" / entry.path().filename())) << entry.path();
  }
}

TEST_F(Shards, OfPredictMayBeEmpty) {
  draw_data(2);
  run_shares(predict_words("shared"), 12);
  EXPECT_EQ(test::bcnet({"merge", path("shared")}).exit_code, 0);
  EXPECT_EQ(lines_of("shared").size(), 5U);
}

TEST_F(Shards, OfSlurmsArray) {
  draw_data(2);
  for (const char* task : {"0", "1"}) {
    const auto result = test::bcnet(predict_words("shared", {"--shard", "env", "--quiet"}),
                                    {{"SLURM_ARRAY_TASK_ID", task},
                                     {"SLURM_ARRAY_TASK_MIN", "0"},
                                     {"SLURM_ARRAY_TASK_COUNT", "2"}});
    EXPECT_EQ(result.exit_code, 0) << result.error;
  }
  EXPECT_EQ(test::bcnet({"merge", path("shared")}).exit_code, 0);
  EXPECT_EQ(lines_of("shared").size(), 5U);
}

TEST_F(Shards, OfEvalComeToWhatOneProcessMeasures) {
  draw_data(9);
  add_healthy();
  break_file("data/images/104.png");
  const Words more{"--corrupt", "blur"};
  EXPECT_EQ(
      test::bcnet(eval_words(joined(more, {"--json", path("whole.json"), "--csv", path("whole.csv"),
                                           "--reliability", path("whole.svg")})))
          .exit_code,
      3);
  run_shares(eval_words(joined(more, {"--out", path("shares")})), 4, 3);
  const auto merged =
      test::bcnet({"merge", path("shares"), "--json", path("merged.json"), "--csv",
                   path("merged.csv"), "--reliability", path("merged.svg"), "--report",
                   path("merged.html"), "--against", path("whole.json")});
  EXPECT_EQ(merged.exit_code, 3) << merged.error;
  Json document = json_of(folder_ / "merged.json");
  EXPECT_EQ(document["against"]["measures"]["mean_dice"]["difference"], 0);
  document.erase("against");
  EXPECT_EQ(document, json_of(folder_ / "whole.json"));
  EXPECT_GT(document["polyps_found"], 5);
  EXPECT_EQ(document["polyps_by_size"].size(), 4U);
  EXPECT_EQ(document["images_without_polyp"], 2);
  EXPECT_EQ(document["false_positive_images"], 1);
  EXPECT_EQ(document["froc"].size(), 20U);
  EXPECT_EQ(test::read_text(folder_ / "merged.csv"), test::read_text(folder_ / "whole.csv"));
  EXPECT_EQ(test::read_text(folder_ / "merged.svg"), test::read_text(folder_ / "whole.svg"));
  EXPECT_THAT(test::read_text(folder_ / "merged.html"),
              AllOf(HasSubstr("Dice"), HasSubstr("Polyps found, by size")));
}

TEST_F(Shards, OfEvalOfSeveralSetsHaveTheSameMeansAndCurve) {
  draw_data(5);
  fs::rename(folder_ / "data", folder_ / "polyps");
  add_healthy();
  const Words words{"eval",    "--data",        path("polyps"), path("data"),
                    "--model", model_.string(), "--threads",    "1"};
  const auto whole = test::bcnet(joined(words, {"--json", path("whole.json"), "--quiet"}));
  EXPECT_EQ(whole.exit_code, 0) << whole.error;
  run_shares(joined(words, {"--out", path("shares")}), 3);
  const auto merged = test::bcnet({"merge", path("shares"), "--json", path("merged.json")});
  EXPECT_EQ(merged.exit_code, 0) << merged.error;
  const Json document = json_of(folder_ / "merged.json");
  EXPECT_EQ(document, json_of(folder_ / "whole.json"));
  EXPECT_EQ(document["sets_with_polyp"], 1);
  EXPECT_EQ(document["froc"].size(), 20U);
  EXPECT_EQ(merged.output, whole.output);
}

TEST_F(Shards, OfEvalOfPredictionsComeToWhatOneProcessMeasures) {
  draw_data(7);
  fs::create_directories(folder_ / "found");
  for (const auto& entry : fs::directory_iterator(folder_ / "data/masks")) {
    fs::copy_file(entry.path(), folder_ / "found" / entry.path().filename());
  }
  write_png(folder_ / "found/101.png", cv::Mat(30, 40, CV_8UC1, cv::Scalar(0)));
  write_png(folder_ / "found/nobody.png", cv::Mat(30, 40, CV_8UC1, cv::Scalar(0)));
  const Words words{"eval", "--data", path("data"), "--predictions", path("found")};
  EXPECT_EQ(test::bcnet(joined(words, {"--json", path("whole.json")})).exit_code, 0);
  run_shares(joined(words, {"--out", path("shares")}), 3);
  const auto merged = test::bcnet({"merge", path("shares"), "--json", path("merged.json")});
  EXPECT_EQ(merged.exit_code, 0) << merged.error;
  EXPECT_EQ(json_of(folder_ / "merged.json"), json_of(folder_ / "whole.json"));
  const auto refused = test::bcnet({"merge", path("shares"), "--json", path("refused.json"),
                                    "--reliability", path("refused.svg")});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_FALSE(fs::exists(folder_ / "refused.json")) << "told before anything is written";
}

TEST_F(Shards, OfAManifestKeepItsSplitsAndGroups) {
  draw_data(8);
  std::string manifest = "image,mask,split,group\n";
  for (const char* name : {"107", "103", "101", "105", "100", "copy"}) {
    manifest += std::string("images/") + name + ".png,masks/" + name + ".png," +
                (name[2] == '1'   ? "train,a"
                 : name[2] == '3' ? "train,b"
                                  : "test,c") +
                "\n";
  }
  test::write_text(folder_ / "data/all.csv", manifest);
  const Words eval{"eval",    "--data",        path("data/all.csv"), "--split", "test",
                   "--model", model_.string(), "--threads",          "1"};
  ASSERT_EQ(test::bcnet(joined(eval, {"--json", path("whole.json")})).exit_code, 0);
  run_shares(joined(eval, {"--out", path("shares")}), 2);
  ASSERT_EQ(test::bcnet({"merge", path("shares"), "--json", path("merged.json")}).exit_code, 0);
  EXPECT_EQ(json_of(folder_ / "merged.json"), json_of(folder_ / "whole.json"));

  const Words check{"data", "check", "--data", path("data/all.csv"), "--quiet"};
  test::bcnet(joined(check, {"--json", path("check.json")}));
  run_shares(joined(check, {"--out", path("checked")}), 3);
  test::bcnet({"merge", path("checked"), "--json", path("check-merged.json"), "--quiet"});
  EXPECT_EQ(json_of(folder_ / "check-merged.json"), json_of(folder_ / "check.json"));
}

TEST_F(Shards, OfDataCheckFindDuplicatesInDifferentShares) {
  draw_data(10);
  break_file("data/images/104.png");
  test::write_text(folder_ / "data/images/lonely.png", "no picture");
  const Words words{"data", "check", "--data", path("data"), "--quiet"};
  const auto whole =
      test::bcnet(joined(words, {"--json", path("whole.json"), "--html", path("whole.html")}));
  EXPECT_EQ(whole.exit_code, 3);
  EXPECT_THAT(test::read_text(folder_ / "whole.json"),
              AllOf(HasSubstr("exact_duplicate"), HasSubstr("similar_names"),
                    HasSubstr("unreadable"), HasSubstr("missing_partner")));
  run_shares(joined(words, {"--out", path("shares")}), 5);
  const auto merged = test::bcnet({"merge", path("shares"), "--json", path("merged.json"), "--html",
                                   path("merged.html"), "--quiet"});
  EXPECT_EQ(merged.exit_code, 3) << merged.error;
  EXPECT_EQ(json_of(folder_ / "merged.json"), json_of(folder_ / "whole.json"));
  EXPECT_EQ(test::read_text(folder_ / "merged.html"), test::read_text(folder_ / "whole.html"));
  EXPECT_EQ(merged.output, whole.output);
}

TEST_F(Shards, OfMasksThatAloneWouldBeReadInAnotherWayAreRefused) {
  for (int i = 0; i < 6; ++i) {
    cv::Mat image(40, 40, CV_8UC3, cv::Scalar(10 * i, 50, 90));
    cv::Mat mask(40, 40, CV_8UC1, cv::Scalar(0));
    mask(cv::Rect(5, 5, 20, 20)).setTo(i == 0 ? 255 : 1);
    write_pair(std::to_string(i), image, mask);
  }
  const Words words{"data", "check", "--data", path("data")};
  run_shares(joined(words, {"--out", path("shares")}), 2, 3);
  const auto merged = test::bcnet({"merge", path("shares")});
  EXPECT_EQ(merged.exit_code, 3);
  EXPECT_THAT(merged.error, HasSubstr("make the shares again with --mask-values"));
  run_shares(joined(words, {"--out", path("again"), "--mask-values", "nonzero"}), 2);
  EXPECT_EQ(test::bcnet({"merge", path("again")}).exit_code, 0);
}

TEST_F(Shards, OfAnnotationsWithoutObjectsHaveNoForeground) {
  draw_data(4);
  Json images = Json::array();
  for (int i = 0; i < 4; ++i) {
    const std::string name = std::to_string(100 + i) + ".png";
    images.push_back({{"id", i}, {"file_name", name}, {"width", 80}, {"height", 60}});
  }
  const Words check{"data", "check", "--data", path("data/images/a.json"), "--quiet"};
  const auto merged_of = [&](const Json& annotations, const std::string& name) {
    test::write_text(folder_ / "data/images/a.json",
                     Json{{"images", images}, {"annotations", annotations}}.dump());
    const auto whole = test::bcnet(joined(check, {"--json", path(name + "-whole.json")}));
    run_shares(joined(check, {"--out", path(name)}), 3);
    test::bcnet({"merge", path(name), "--json", path(name + ".json"), "--quiet"});
    EXPECT_EQ(json_of(folder_ / (name + ".json")), json_of(folder_ / (name + "-whole.json")));
    return test::read_text(folder_ / (name + ".json"));
  };
  EXPECT_THAT(merged_of(Json::array(), "none"), HasSubstr("none of 4 masks has foreground"));
  Json one = {{"id", 1}, {"image_id", 2}, {"category_id", 1}};
  one["segmentation"] = Json::array({{1, 1, 20, 1, 20, 20, 1, 20}});
  EXPECT_THAT(merged_of(Json::array({one}), "one"), Not(HasSubstr("masks has foreground")));
}

TEST_F(Shards, AreRefusedWhereTheyAreNone) {
  draw_data(3);
  for (const char* shard : {"0/3", "4/3", "a/b", "1/0", "2", "-1/3"}) {
    for (const Words& words :
         {predict_words("out"), eval_words({"--out", path("out")}),
          Words{"data", "check", "--data", path("data"), "--out", path("out")}}) {
      const auto result = test::bcnet(joined(words, {std::string("--shard=") + shard}));
      EXPECT_EQ(result.exit_code, 2) << shard << words[0];
      EXPECT_THAT(result.error, HasSubstr(std::string("--shard: found '") + shard + "'"));
    }
  }
  const auto refused = [&](const Words& words, const std::string& message) {
    const auto result = test::bcnet(words);
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_THAT(result.error, HasSubstr(message));
  };
  refused(predict_words("out", {"--shard", ""}), "--shard: found nothing, a value is expected");
  refused(predict_words("out", {"--shard", "env"}), "SLURM_ARRAY_TASK_ID is not set");
  refused(eval_words({"--shard", "1/2"}), "--out: found none");
  refused(eval_words({"--out", path("out")}), "--out: found no --shard");
  refused(eval_words({"--shard", "1/2", "--out", path("out"), "--json", "-"}),
          "--json: found --shard too");
  refused(eval_words({"--shard", "1/2", "--out", path("out"), "--negatives", "crops"}),
          "--negatives: found --shard too");
  refused({"data", "check", "--data", path("data"), "--shard", "1/2"}, "--out: found none");
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Shards, ThatDoNotBelongTogetherAreNotMerged) {
  draw_data(6);
  const auto refused = [&](const std::string& message) {
    const auto result = test::bcnet({"merge", path("out")});
    EXPECT_EQ(result.exit_code, 3) << result.output;
    EXPECT_THAT(result.error, HasSubstr(message));
  };
  refused("holds no shares");
  const auto share = [&](const char* shard, const Words& more) {
    EXPECT_EQ(test::bcnet(predict_words("out", joined(more, {"--shard", shard}))).exit_code, 0);
  };
  share("1/2", {});
  refused("share 2 of 2 is missing");
  share("2/2", {"--threshold", "0.3"});
  refused("share 2 differs from share 1 in threshold");
  share("2/2", {});
  EXPECT_EQ(test::bcnet({"merge", path("out")}).exit_code, 0);
  test::TinyOnnx other;
  other.bias = 0.25F;
  other.write(model_);
  share("2/2", {});
  refused("share 2 differs from share 1 in model_sha256");
  share("1/2", {});
  EXPECT_EQ(test::bcnet({"merge", path("out")}).exit_code, 0);
  EXPECT_EQ(test::bcnet({"merge", path("out"), "--csv", path("x.csv")}).exit_code, 2);
  fs::remove(folder_ / "data/images/102.png");
  share("1/2", {});
  refused("how many files there are in all");
}

}  // namespace
}  // namespace bcnet
