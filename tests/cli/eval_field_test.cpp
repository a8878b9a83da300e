// bcnet eval --metrics all, --predictions, --against, --csv, --report and several --data through
// the program; none of it needs LibTorch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "image/codec.h"
#include "support/program.h"
#include "support/python.h"
#include "support/refused.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string source = BCNET_SOURCE_DIR;

/// Three masks of 60x40 pixels, a, b and c, and what a program found: a right, b shifted, c
/// nothing.
class EvalField : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* folder : {"data/images", "data/masks", "found"}) {
      fs::create_directories(folder_ / folder);
    }
    add("a", {10, 10, 20, 15}, {10, 10, 20, 15});
    add("b", {10, 10, 20, 15}, {15, 10, 20, 15});
    add("c", {40, 20, 10, 10}, {});
  }

  void add(const std::string& name, const cv::Rect& truth, const cv::Rect& found) {
    cv::Mat image(40, 60, CV_8UC3, cv::Scalar(90, 40, 40));
    image(truth).setTo(cv::Scalar(210, 60, 60));
    write_png(folder_ / ("data/images/" + name + ".png"), image);
    write_png(folder_ / ("data/masks/" + name + ".png"), drawn(truth));
    write_png(folder_ / ("found/" + name + ".png"), drawn(found));
  }

  static cv::Mat drawn(const cv::Rect& rectangle) {
    cv::Mat mask(40, 60, CV_8UC1, cv::Scalar(0));
    mask(rectangle).setTo(255);
    return mask;
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  ProgramResult eval(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"eval", "--quiet", "--data", path("data")};
    words.insert(words.end(), more.begin(), more.end());
    return bcnet(words);
  }
  ProgramResult eval_found(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"--predictions", path("found")};
    words.insert(words.end(), more.begin(), more.end());
    return eval(words);
  }
  json found_json(const std::vector<std::string>& more = {}, int exit_code = 0) const {
    std::vector<std::string> words{"--json", "-"};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = eval_found(words);
    EXPECT_EQ(result.exit_code, exit_code) << result.error;
    return json::parse(result.output);
  }

  /// One bad prediction is named, the others are measured.
  void expect_one_failed(const std::string& message) const {
    const ProgramResult result = eval_found({"--json", path("bad.json")});
    EXPECT_EQ(result.exit_code, 3) << result.error;
    EXPECT_THAT(result.error, HasSubstr(message));
    const json written = json::parse(read_text(path("bad.json")));
    EXPECT_EQ(written["images"], 2);
    ASSERT_EQ(written["failed"].size(), 1U);
    EXPECT_EQ(written["failed"][0]["image"], "images/a.png");
    EXPECT_THAT(written["failed"][0]["error"].get<std::string>(), HasSubstr(message));
  }

  TemporaryFolder folder_;
};

TEST_F(EvalField, MeasuresPredictions) {
  const json result = found_json();
  EXPECT_FALSE(result.contains("model"));
  EXPECT_FALSE(result.contains("calibration"));
  EXPECT_FALSE(result.contains("meanDic"));
  EXPECT_EQ(result["predictions"], path("found"));
  EXPECT_EQ(result["threshold"], 0.5);
  EXPECT_EQ(result["images"], 3);
  // Of 300 pixels 225 are right in b: its Dice is 0.75; nothing is found in c.
  EXPECT_NEAR(result["mean_dice"].get<double>(), 1.75 / 3, 1e-6);
  EXPECT_NEAR(result["f2"].get<double>(), 1.75 / 3, 1e-6);
  EXPECT_NEAR(result["specificity"].get<double>(), (2 + 2025.0 / 2100) / 3, 1e-6);
  EXPECT_NEAR(result["per_image"][1]["polyp_percent"].get<double>(), 12.5, 1e-9);
}

TEST_F(EvalField, MetricsAllHaveTheirOwnNames) {
  const json result = found_json({"--metrics", "all"});
  for (const char* key :
       {"meanDic", "meanIoU", "wFm", "Sm", "meanEm", "MAE", "maxEm", "maxDic", "maxIoU", "meanSen",
        "maxSen", "meanSpe", "maxSpe", "boundary_f", "polyp_sensitivity"}) {
    EXPECT_TRUE(result[key].is_number()) << key;
  }
  EXPECT_EQ(result["polyps_found"], 2);
  EXPECT_EQ(result["polyps_missed"], 1);
  EXPECT_EQ(result["polyps_false"], 0);
  // The distances of c do not exist and are left out: a has 0, b at most 5.
  EXPECT_EQ(result["surface_distance_images"], 2);
  EXPECT_EQ(result["per_image"][2]["hd95"], nullptr);
  EXPECT_DOUBLE_EQ(result["hd95"].get<double>(), 2.5);
  EXPECT_EQ(result["ci"]["wFm"].size(), 2U);
  EXPECT_FALSE(result["ci"].contains("maxDic"));
  EXPECT_THAT(eval_found({"--metrics", "all"}).output,
              AllOf(HasSubstr("3 images, predictions of "), HasSubstr("meanEm"),
                    HasSubstr("polyps missed")));
}

TEST_F(EvalField, ModelsAreMeasuredByAllMetricsToo) {
  TinyOnnx tiny;
  tiny.description.input_width = 96;
  tiny.description.input_height = 96;
  tiny.weight = {2.0F, -0.5F, 0.0F};
  tiny.bias = -3.0F;
  const std::string model = tiny.write(path("tiny.onnx")).string();
  const ProgramResult run = eval({"--model", model, "--metrics", "all", "--json", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json result = json::parse(run.output);
  EXPECT_TRUE(result.contains("calibration"));
  EXPECT_GT(result["Sm"].get<double>(), 0.0);
  // A temperature moves the probabilities, not the protocol: it takes the logits' own sigmoid.
  tiny.description.temperature = 2;
  const std::string calibrated = tiny.write(path("calibrated.onnx")).string();
  const ProgramResult again = eval({"--model", calibrated, "--metrics", "all", "--json", "-"});
  ASSERT_EQ(again.exit_code, 0) << again.error;
  const json other = json::parse(again.output);
  EXPECT_NE(result["calibration"]["brier"], other["calibration"]["brier"]);
  for (const char* key : {"meanDic", "wFm", "MAE", "maxEm"}) {
    EXPECT_NEAR(result[key].get<double>(), other[key].get<double>(), 1e-5) << key;
  }
}

// Every measure on 236 pairs, with PySODMetrics and SciPy.
TEST_F(EvalField, AgreesWithIndependentCode) {
  const auto python = test_python();
  if (!python) {
    GTEST_SKIP() << no_python;
  }
  const ProgramResult maps = bcnet({"predict", source + "/examples/samples/images", "--model",
                                    source + "/models/bcnet-int8.onnx", "--out", path("maps"),
                                    "--save", "probability", "--quiet"});
  ASSERT_EQ(maps.exit_code, 0) << maps.error;
  const ProgramResult result =
      run_program({*python, source + "/tests/cli/check_metrics.py", bcnet_path(),
                   source + "/examples/samples", path("maps"), path("pairs")});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error;
  std::cout << result.output;
}

TEST_F(EvalField, MasksOfTwoValuesAndMapsAreTold) {
  cv::Mat ones = drawn({10, 10, 20, 15}) / 255;
  write_png(folder_ / "found/a.png", ones);
  cv::Mat map(40, 60, CV_32FC1, cv::Scalar(0.2));
  map(cv::Rect(15, 10, 20, 15)).setTo(0.7);
  fs::remove(folder_ / "found/b.png");
  cv::imwrite(path("found/b.tif"), map);
  const json half = found_json();
  EXPECT_NEAR(half["per_image"][0]["dice"].get<double>(), 1, 1e-9);
  EXPECT_NEAR(half["per_image"][1]["dice"].get<double>(), 0.75, 1e-6);
  const json high = found_json({"--threshold", "0.8"});
  EXPECT_NEAR(high["per_image"][0]["dice"].get<double>(), 1, 1e-9);
  EXPECT_NEAR(high["per_image"][1]["dice"].get<double>(), 0, 1e-6);
}

TEST_F(EvalField, BadPredictionsAreNamedAndTheOthersMeasured) {
  const fs::path victim = folder_ / "found/a.png";
  fs::remove(victim);
  expect_one_failed("found: no prediction for images/a.png: an image named a is expected");
  cv::Mat colour(40, 60, CV_8UC3, cv::Scalar(9, 9, 9));
  write_png(victim, colour);  // grey in three channels is grey
  EXPECT_EQ(eval_found({}).exit_code, 0);
  colour.at<cv::Vec3b>(3, 7) = {9, 8, 9};
  write_png(victim, colour);
  expect_one_failed("found colours that differ at pixel 7, 3");
  write_text(victim, "no picture");
  expect_one_failed("a.png");
  fs::remove(victim);
  for (const float bad : {1.5F, -0.25F, std::numeric_limits<float>::quiet_NaN()}) {
    cv::Mat floats(40, 60, CV_32FC1, cv::Scalar(0.5));
    floats.at<float>(2, 1) = bad;
    cv::imwrite(path("found/a.tif"), floats);
    expect_one_failed("at pixel 1, 2, allowed are 0 to 1");
  }
}

TEST_F(EvalField, UnusedAndUniformPredictionsAreMarked) {
  write_png(folder_ / "found/stray.png", drawn({1, 1, 2, 2}));
  write_png(folder_ / "found/a.png", cv::Mat(40, 60, CV_8UC1, cv::Scalar(51)));
  const ProgramResult result = eval_found({"--json", path("marked.json")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.error, AllOf(HasSubstr("1 files belong to no image"),
                                  HasSubstr("2 predictions have one value throughout, that of "
                                            "images/a.png is 0.2")));
  const json written = json::parse(read_text(path("marked.json")));
  EXPECT_EQ(written["unused_predictions"], 1);
  ASSERT_EQ(written["uniform_predictions"].size(), 2U);
  EXPECT_EQ(written["uniform_predictions"][1], (json{{"image", "images/c.png"}, {"value", 0.0}}));
}

TEST_F(EvalField, NothingUsableIsRefused) {
  const fs::path out = folder_ / "out.json";
  fs::create_directories(folder_ / "empty");
  expect_refused(eval({"--predictions", path("empty"), "--json", out.string()}), 3,
                 "empty: holds no images", out);
  expect_refused(eval({"--predictions", path("none"), "--json", out.string()}), 3,
                 "none: no such folder", out);
  write_png(folder_ / "empty/other.png", drawn({}));
  const ProgramResult missing = eval({"--predictions", path("empty")});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.error, HasSubstr("none of its images could be measured"));
  write_png(folder_ / "found/a.bmp.png", drawn({}));
  fs::copy_file(folder_ / "found/a.png", folder_ / "found/a.tif");
  expect_refused(eval_found({"--json", out.string()}), 3, "two files of one name", out);
}

TEST_F(EvalField, ComparesWithAnOlderResult) {
  ASSERT_EQ(eval_found({"--metrics", "all", "--json", path("old.json")}).exit_code, 0);
  const json same = found_json({"--metrics", "all", "--against", path("old.json")})["against"];
  EXPECT_EQ(same["images"], 3);
  EXPECT_EQ(same["measures"]["mean_dice"]["difference"], 0.0);
  EXPECT_EQ(same["measures"]["mean_dice"]["wilcoxon_p"], 1.0);
  EXPECT_EQ(same["measures"]["hd95"]["images"], 2);
  write_png(folder_ / "found/c.png", drawn({40, 20, 10, 10}));
  const json better = found_json({"--against", path("old.json")})["against"];
  const json& dice = better["measures"]["mean_dice"];
  EXPECT_NEAR(dice["difference"].get<double>(), 1.0 / 3, 1e-6);
  EXPECT_NEAR(dice["mean"].get<double>() - dice["other_mean"].get<double>(),
              dice["difference"].get<double>(), 1e-12);
  EXPECT_FALSE(better["measures"].contains("wFm"));  // only one side has it
  EXPECT_THAT(eval_found({"--against", path("old.json")}).output,
              AllOf(HasSubstr("against "), HasSubstr("+0.3333"), HasSubstr("Wilcoxon p")));
}

TEST_F(EvalField, AnOlderResultOfOtherImagesIsRefused) {
  const fs::path out = folder_ / "out.json";
  const auto against = [&](const std::string& text) {
    write_text(folder_ / "old.json", text);
    return eval_found({"--against", path("old.json"), "--json", out.string()});
  };
  expect_refused(against("no json"), 3, "old.json: found text that is no JSON", out);
  expect_refused(against("{\"images\": 3}"), 3, "per_image: found no such list", out);
  expect_refused(against("{\"per_image\": [{\"dice\": 1}]}"), 3, "without the name", out);
  expect_refused(against("{\"data_sets\": []}"), 2, "--against: found 0 data sets", out);
  expect_refused(against("{\"per_image\": [{\"image\": \"images/z.png\", \"dice\": 1}]}"), 3,
                 "found none of the 3 images of --data, images/a.png among them", out);
  const ProgramResult missing = eval_found({"--against", path("nowhere.json")});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.error, HasSubstr("nowhere.json"));
}

TEST_F(EvalField, SeveralDataSetsMakeOneTable) {
  fs::copy(folder_ / "data", folder_ / "second", fs::copy_options::recursive);
  fs::copy(folder_ / "data/masks", folder_ / "perfect", fs::copy_options::recursive);
  const std::vector<std::string> words{
      "eval",           "--quiet",         "--data",        path("data"),     path("second"),
      "--predictions",  path("found"),     path("perfect"), "--metrics",      "all",
      "--json",         path("both.json"), "--csv",         path("both.csv"), "--report",
      path("both.html")};
  const ProgramResult result = bcnet(words);
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, AllOf(HasSubstr("Dice"), HasSubstr("wFm"), HasSubstr("0.5833"),
                                   HasSubstr("1.0000"), HasSubstr("second")));
  const json both = json::parse(read_text(path("both.json")));
  ASSERT_EQ(both["data_sets"].size(), 2U);
  EXPECT_EQ(both["data_sets"][0]["data"], path("data"));
  EXPECT_NEAR(both["data_sets"][1]["mean_dice"].get<double>(), 1, 1e-9);
  const std::string csv = read_text(path("both.csv"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 7);
  EXPECT_THAT(read_text(path("both.html")), HasSubstr("<th>wFm</th>"));
  // The same two again, against themselves.
  std::vector<std::string> again(words.begin(), words.begin() + 10);
  again.insert(again.end(), {"--against", path("both.json"), "--json", "-"});
  const ProgramResult compared = bcnet(again);
  ASSERT_EQ(compared.exit_code, 0) << compared.error;
  for (const json& set : json::parse(compared.output)["data_sets"]) {
    EXPECT_EQ(set["against"]["measures"]["mean_dice"]["difference"], 0.0);
  }
}

TEST_F(EvalField, CountsFindingsWhereThereIsNoPolyp) {
  ASSERT_EQ(eval_found({"--json", path("result.json")}).exit_code, 0);
  json result = json::parse(read_text(path("result.json")));
  EXPECT_EQ(result["images_without_polyp"], 0);
  EXPECT_TRUE(result["false_positive_rate"].is_null());
  EXPECT_FALSE(result.contains("groups"));

  add("d", {}, {5, 5, 9, 9});
  add("e", {}, {});
  const ProgramResult shown = eval_found({"--json", path("result.json")});
  result = json::parse(read_text(path("result.json")));
  EXPECT_EQ(result["images_without_polyp"], 2);
  EXPECT_EQ(result["false_positive_rate"], 0.5);
  EXPECT_THAT(shown.output, HasSubstr("images without polyp"));
}

TEST_F(EvalField, GivesMeansByGroup) {
  write_text(path("groups.csv"),
             "image,mask,split,group\nimages/a.png,masks/a.png,,north\n"
             "images/b.png,masks/b.png,,south\nimages/c.png,masks/c.png,,south\n");
  const ProgramResult shown =
      eval_found({"--manifest", path("groups.csv"), "--json", path("result.json")});
  ASSERT_EQ(shown.exit_code, 0) << shown.error;
  const json result = json::parse(read_text(path("result.json")));
  ASSERT_EQ(result["groups"].size(), 2U);
  EXPECT_EQ(result["groups"][0]["group"], "north");
  EXPECT_EQ(result["groups"][0]["images"], 1);
  EXPECT_EQ(result["groups"][0]["mean_dice"], 1.0);
  EXPECT_EQ(result["groups"][1]["images"], 2);
  // b: 15 of 20 columns shared; c: nothing found.
  EXPECT_NEAR(result["groups"][1]["mean_dice"].get<double>(), (0.75 + 0) / 2, 1e-7);
  EXPECT_THAT(shown.output, HasSubstr("south"));
}

TEST_F(EvalField, CsvHasALineForEachImage) {
  ASSERT_EQ(eval_found({"--metrics", "all", "--csv", path("images.csv")}).exit_code, 0);
  const std::string csv = read_text(path("images.csv"));
  EXPECT_THAT(csv, AllOf(HasSubstr("data,image,polyp_percent,dice,iou,"), HasSubstr(",hd95,"),
                         HasSubstr(path("data") + ",images/b.png,12.5,0.75")));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4);
  EXPECT_THAT(csv, HasSubstr(",,"));  // c has no distance
}

TEST_F(EvalField, ReportIsOnePageThatNeedsNothingElse) {
  fs::rename(folder_ / "data/images/b.png", folder_ / "data/images/<b>&.png");
  fs::rename(folder_ / "data/masks/b.png", folder_ / "data/masks/<b>&.png");
  fs::rename(folder_ / "found/b.png", folder_ / "found/<b>&.png");
  ASSERT_EQ(eval_found({"--metrics", "all", "--report", path("report.html")}).exit_code, 0);
  const std::string page = read_text(path("report.html"));
  EXPECT_THAT(page, AllOf(HasSubstr("color-scheme:light dark"), HasSubstr("<h3>Worst</h3>"),
                          HasSubstr("<h3>Best</h3>"), HasSubstr("Dice over the size of the polyp"),
                          HasSubstr("images/&lt;b&gt;&amp;.png"), Not(HasSubstr("<b>&"))));
  EXPECT_THAT(page, AllOf(Not(HasSubstr("http")), Not(HasSubstr("<script"))));
  std::size_t pictures = 0;
  for (std::size_t at = 0; (at = page.find("data:image/jpeg;base64,/9j/", at)) != page.npos; ++at) {
    ++pictures;
  }
  EXPECT_EQ(pictures, 3U);  // two worst, one best: none twice
  EXPECT_LT(page.find("images/c.png<br>Dice 0.0000"), page.find("<h3>Best</h3>"));
  EXPECT_GT(page.find("images/a.png<br>Dice 1.0000"), page.find("<h3>Best</h3>"));
}

TEST_F(EvalField, BadUsageIsExitTwo) {
  const fs::path out = folder_ / "out.json";
  const auto refused = [&](std::vector<std::string> more, const std::string& message) {
    more.insert(more.end(), {"--json", out.string()});
    expect_refused(eval_found(more), 2, message, out);
  };
  refused({"--model", "any.onnx"}, "--model: found --predictions too");
  refused({"--corrupt", "blur"}, "--corrupt: found --predictions too");
  refused({"--negatives", "crops"}, "--negatives: found --predictions too");
  refused({"--reliability", path("a.svg")}, "--reliability: found --predictions too");
  refused({"--report", path("report.pdf")}, "--report: found");
  refused({"--csv", path("images.txt")}, "--csv: found");
  refused({"--csv", "-"}, "--csv: found '-'");
  refused({"--data", path("data")}, "--predictions: found 1 folders for 2 data sets");
  EXPECT_EQ(eval_found({"--metrics", "most"}).exit_code, 2);
  const ProgramResult reliability = eval({"--data", path("data"), "--reliability", path("a.svg")});
  EXPECT_EQ(reliability.exit_code, 2);
  EXPECT_THAT(reliability.error, HasSubstr("--reliability: found 2 data sets"));
}

TEST_F(EvalField, JsonFollowsTheSchema) {
  if (!test_python()) {
    GTEST_SKIP() << no_python;
  }
  ASSERT_EQ(eval_found({"--json", path("basic.json")}).exit_code, 0);
  ASSERT_EQ(
      eval_found({"--metrics", "all", "--against", path("basic.json"), "--json", path("all.json")})
          .exit_code,
      0);
  ASSERT_EQ(bcnet({"eval", "--quiet", "--data", path("data"), path("data"), "--predictions",
                   path("found"), path("found"), "--json", path("both.json")})
                .exit_code,
            0);
  expect_schemas(
      {{"eval", path("basic.json")}, {"eval", path("all.json")}, {"eval", path("both.json")}});
}

}  // namespace
}  // namespace bcnet::test
