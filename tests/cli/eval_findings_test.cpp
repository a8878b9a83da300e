// bcnet eval on what is found and what is shown falsely: polyps by size, frames without a polyp,
// the curve over the least confidence, groups; alone and several sets together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "image/codec.h"
#include "support/program.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/tiny_onnx.h"

namespace bcnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

/// A rectangle of a picture of 64x32 pixels, as red as that.
struct Patch {
  cv::Rect place;
  int red = 250;
};

/// The model sees red: a pixel of red v has the probability sigmoid(4 (v / 255 - 0.485) / 0.229),
/// of 250 0.9998, of 140 0.7537, of the mucosa's 90 0.09.
///
/// polyps: p has a polyp of 200 pixels (9.77% of the picture), q one of 360 (17.58%) and one of 16
/// (0.78%), which is as pale as the mucosa. healthy: four frames without a polyp, one with a
/// pale patch.
class EvalFindings : public ::testing::Test {
 protected:
  void SetUp() override {
    add("polyps", "p", {{{4, 4, 20, 10}}});
    add("polyps", "q", {{{2, 1, 12, 30}}, {{40, 20, 4, 4}, 90}});
    for (const char* name : {"h0", "h1", "h2", "h3"}) {
      add("healthy", name, {});
    }
    write_png(folder_ / "healthy/images/h1.png", drawn({{{20, 8, 10, 10}, 140}}));
    TinyOnnx tiny;
    tiny.weight = {4.0F, 0.0F, 0.0F};
    model_ = tiny.write(folder_ / "tiny.onnx").string();
  }

  static cv::Mat drawn(const std::vector<Patch>& patches) {
    cv::Mat image(32, 64, CV_8UC3, cv::Scalar(90, 40, 40));
    for (const Patch& patch : patches) {
      image(patch.place).setTo(cv::Scalar(patch.red, 40, 40));
    }
    return image;
  }

  /// A picture whose patches are polyps.
  void add(const std::string& set, const std::string& name, const std::vector<Patch>& polyps) {
    fs::create_directories(folder_ / set / "images");
    fs::create_directories(folder_ / set / "masks");
    cv::Mat mask(32, 64, CV_8UC1, cv::Scalar(0));
    for (const Patch& polyp : polyps) {
      mask(polyp.place).setTo(255);
    }
    write_png(folder_ / set / ("images/" + name + ".png"), drawn(polyps));
    write_png(folder_ / set / ("masks/" + name + ".png"), mask);
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// Measures them with the model; --json and --report are result.json and report.html.
  ProgramResult eval(const std::vector<std::string>& sets,
                     const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{
        "eval",     "--quiet",           "--model",   model_, "--json", path("result.json"),
        "--report", path("report.html"), "--threads", "1",    "--data"};
    for (const std::string& set : sets) {
      words.push_back(path(set));
    }
    words.insert(words.end(), more.begin(), more.end());
    ProgramResult run = bcnet(words);
    EXPECT_EQ(run.exit_code, 0) << run.error;
    return run;
  }
  json result() const { return json::parse(read_text(path("result.json"))); }
  std::string page() const { return read_text(path("report.html")); }

  TemporaryFolder folder_;
  std::string model_;
};

void expect_interval(const json& interval, double low, double high) {
  ASSERT_EQ(interval.size(), 2U);
  EXPECT_NEAR(interval[0].get<double>(), low, 1e-9);
  EXPECT_NEAR(interval[1].get<double>(), high, 1e-9);
}

TEST_F(EvalFindings, GivePolypsFoundBySize) {
  const ProgramResult shown = eval({"polyps"});
  const json all = result();
  ASSERT_EQ(all["polyps_by_size"].size(), 4U);
  const auto expect = [&](std::size_t i, int polyps, int found) {
    EXPECT_EQ(all["polyps_by_size"][i]["polyps"], polyps) << i;
    EXPECT_EQ(all["polyps_by_size"][i]["found"], found) << i;
  };
  expect(0, 1, 0);
  expect(1, 0, 0);
  expect(2, 1, 1);
  expect(3, 1, 1);
  EXPECT_EQ(all["polyps_by_size"][0]["to_percent"], 1);
  EXPECT_EQ(all["polyps_by_size"][3]["from_percent"], 15);
  EXPECT_EQ(all["polyps_by_size"][3]["to_percent"], 100);
  EXPECT_TRUE(all["polyps_by_size"][1]["ci"].is_null());
  // Wilson's interval of 1 of 1, by SciPy; over both images twice q 1/2, both 2/3, twice p 1.
  expect_interval(all["polyps_by_size"][2]["ci"], 0.20654931437723745, 1);
  expect_interval(all["ci"]["polyp_sensitivity"], 0.5, 1);
  EXPECT_NEAR(all["polyp_sensitivity"].get<double>(), 2.0 / 3, 1e-12);
  EXPECT_EQ(all["polyps_found"], 2);
  EXPECT_EQ(all["polyps_missed"], 1);
  EXPECT_FALSE(all["ci"].contains("false_positive_rate"));
  EXPECT_THAT(shown.output,
              AllOf(ContainsRegex("under 1% +1 +0 +0.0000"),
                    ContainsRegex("all +3 +2 +0.6667 +0.5000 to 1.0000"), Not(HasSubstr("–"))));
  EXPECT_THAT(page(), HasSubstr("<td>15% and more</td><td>1</td><td>1</td><td>1.0000</td>"));
  // Those of --metrics all are the same, and what one image has adds up to them.
  eval({"polyps"}, {"--metrics", "all"});
  const json field = result();
  EXPECT_EQ(field["polyps_by_size"], all["polyps_by_size"]);
  EXPECT_EQ(field["per_image"][1]["polyps_found"], 1);
  EXPECT_EQ(field["per_image"][1]["polyps_missed"], 1);
}

TEST_F(EvalFindings, OfPredictionsAreCountedToo) {
  fs::copy(folder_ / "polyps/masks", folder_ / "found", fs::copy_options::recursive);
  write_png(folder_ / "found/p.png", cv::Mat(32, 64, CV_8UC1, cv::Scalar(0)));
  const ProgramResult run = bcnet({"eval", "--quiet", "--data", path("polyps"), "--predictions",
                                   path("found"), "--json", path("result.json")});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json all = result();
  EXPECT_EQ(all["polyps_by_size"][0]["found"], 1);
  EXPECT_EQ(all["polyps_by_size"][2]["found"], 0);
  EXPECT_EQ(all["polyps_found"], 2);
  EXPECT_FALSE(all.contains("froc"));
}

TEST_F(EvalFindings, OfHealthyFramesAloneHaveACurveAndNoDice) {
  const ProgramResult shown = eval({"healthy"});
  const json all = result();
  EXPECT_EQ(all["images_without_polyp"], 4);
  EXPECT_EQ(all["false_positive_images"], 1);
  EXPECT_EQ(all["false_positive_rate"], 0.25);
  // Wilson's interval of 1 of 4, by SciPy.
  expect_interval(all["ci"]["false_positive_rate"], 0.04558726080970055, 0.6993581574175981);
  EXPECT_TRUE(all["polyp_sensitivity"].is_null());
  ASSERT_EQ(all["froc"].size(), 20U);
  EXPECT_TRUE(all["froc"][0]["sensitivity"].is_null());
  EXPECT_EQ(all["froc"][15]["false_positive_rate"], 0.25);  // at 0.75, of 0.7537
  EXPECT_EQ(all["froc"][15]["false_findings_per_image"], 0.25);
  EXPECT_EQ(all["froc"][16]["false_positive_rate"], 0.0);
  EXPECT_THAT(shown.output,
              AllOf(ContainsRegex("mean Dice +–\n"), HasSubstr("–: no image shows a polyp"),
                    HasSubstr("0.2500  (95% interval 0.0456 to 0.6994)")));
  EXPECT_THAT(page(), AllOf(HasSubstr("By the least confidence of a finding"),
                            HasSubstr("images without polyp with a finding, least confidence 0.75: "
                                      "0.25</title>"),
                            HasSubstr("<td>mean Dice</td><td>–</td><td></td>"),
                            Not(HasSubstr("Polyps found, by size"))));
}

TEST_F(EvalFindings, BelowTheLeastConfidenceAreInTheCurveAlone) {
  eval({"healthy"}, {"--min-confidence", "0.8"});
  const json all = result();
  EXPECT_EQ(all["false_positive_images"], 0);
  // Of 0 of 4, by SciPy.
  expect_interval(all["ci"]["false_positive_rate"], 0, 0.4898908364545973);
  EXPECT_EQ(all["froc"][15]["false_positive_rate"], 0.25);
}

TEST_F(EvalFindings, OfSeveralSetsHaveOneTableAndOneCurve) {
  const ProgramResult shown = eval({"polyps", "healthy"});
  const json all = result();
  EXPECT_EQ(all["sets_with_polyp"], 1);
  EXPECT_EQ(all["mean"]["mean_dice"], all["data_sets"][0]["mean_dice"]);
  EXPECT_NE(all["mean"]["accuracy"], all["data_sets"][0]["accuracy"]);
  ASSERT_EQ(all["froc"].size(), 20U);
  EXPECT_NEAR(all["froc"][15]["sensitivity"].get<double>(), 2.0 / 3, 1e-12);
  EXPECT_NEAR(all["froc"][15]["false_findings_per_image"].get<double>(), 1.0 / 6, 1e-12);
  EXPECT_EQ(all["froc"][15]["false_positive_rate"], 0.25);
  EXPECT_EQ(all["froc"][16]["false_findings_per_image"], 0.0);
  EXPECT_THAT(shown.output,
              AllOf(ContainsRegex("sensitivity +without polyp +with a finding"),
                    ContainsRegex("healthy +4 +– +– +– +4 +0.2500 .0.0456-0.6994."),
                    ContainsRegex("polyps +2 .* 0 +none"),
                    HasSubstr("mean of 2 sets, 1 with polyps"), HasSubstr("–: no image shows"),
                    ContainsRegex("polyps\n +size, of the picture +polyps +found"),
                    Not(ContainsRegex("healthy\n"))));
  EXPECT_THAT(page(), AllOf(HasSubstr("<td>mean of 2 sets, 1 with polyps</td>"),
                            HasSubstr("<th>with a finding</th>"),
                            HasSubstr("polyps found, least confidence 0.75: 0.6667</title>")));
}

TEST_F(EvalFindings, OfSeveralSetsAreShownUnderCorruptionsToo) {
  const ProgramResult shown =
      eval({"polyps", "healthy"}, {"--corrupt", "blur", "--negatives", "synthetic"});
  EXPECT_THAT(shown.output,
              AllOf(ContainsRegex("polyps\n +size(.|\n)+corrupted(.|\n)+mean of all(.|\n)+"
                                  "without polyp(.|\n)+healthy\ncorrupted")));
}

TEST_F(EvalFindings, AreGivenByGroup) {
  const auto manifest = [&](const std::string& set, const std::string& rows) {
    write_text(folder_ / set / "groups.csv", "image,mask,split,group\n" + rows);
    return set + "/groups.csv";
  };
  const std::string polyps =
      manifest("polyps", "images/p.png,masks/p.png,,lodge\nimages/q.png,masks/q.png,,mount\n");
  const std::string healthy =
      manifest("healthy", "images/h1.png,masks/h1.png,,ward\nimages/h2.png,masks/h2.png,,ward\n");
  EXPECT_THAT(eval({polyps}).output, ContainsRegex("lodge +1 +1.0000 +1.0000"));
  EXPECT_THAT(page(), HasSubstr("<td>lodge</td><td>1</td><td>1.0000</td><td>1.0000</td>"));
  const ProgramResult shown = eval({polyps, healthy});
  EXPECT_THAT(shown.output, AllOf(ContainsRegex("lodge +1 +1.0000 +1.0000"),
                                  ContainsRegex("ward +2 +– +– +2 +0.5000")));
  EXPECT_THAT(page(), AllOf(HasSubstr("<td>lodge</td>"),
                            HasSubstr("<td>ward</td><td>2</td><td>–</td><td>–</td><td>2</td>")));
  EXPECT_EQ(result()["data_sets"][1]["groups"][0]["false_positive_rate"], 0.5);
}

TEST_F(EvalFindings, FollowTheSchema) {
  if (!test_python()) {
    GTEST_SKIP() << no_python;
  }
  eval({"healthy"}, {"--metrics", "all", "--negatives", "crops"});
  fs::rename(path("result.json"), path("healthy.json"));
  eval({"healthy", "healthy"});
  fs::rename(path("result.json"), path("both.json"));
  eval({"polyps", "healthy"});
  expect_schemas(
      {{"eval", path("healthy.json")}, {"eval", path("both.json")}, {"eval", path("result.json")}});
}

}  // namespace
}  // namespace bcnet::test
