// Sets and groups in which no image shows a polyp, alone and beside others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/figures.h"
#include "evaluate/json.h"
#include "evaluate/page.h"
#include "evaluate/table.h"

namespace bcnet::evaluate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Source named(const std::string& data) {
  Source source;
  source.data = data;
  source.model = ModelInfo{};
  return source;
}

/// One image of 16 pixels: 1 of 3 right, one polyp found of two. Dice 0.5, accuracy 14/16.
Result polyp_set() {
  Evaluation evaluation;
  ImageScore image{"p.png", {1, 1, 1, 13}, {}, {}, "north"};
  image.polyps = {{1, true}, {1, false}};
  image.detections = {{0.9, -1}, {0.9}, {}};
  evaluation.images = {image};
  return make_result(named("polyps"), evaluation, {});
}

/// Four images of 16 pixels, in one of them 8 are found, with confidence 0.72. Accuracy 3.5/4.
Result healthy_set() {
  Evaluation evaluation;
  for (int i = 0; i < 4; ++i) {
    ImageScore image{"h.png", {0, 0, 0, 16}, {}, {}, "south"};
    image.detections = metrics::Detections{};
    evaluation.images.push_back(image);
  }
  evaluation.images[2].counts = {0, 8, 0, 8};
  evaluation.images[2].detections->false_findings = {0.72};
  return make_result(named("healthy"), evaluation, {});
}

TEST(EvaluateHealthy, HaveFiguresOfFindingsAlone) {
  const Result healthy = healthy_set();
  const std::vector<Figure> all = figures(healthy);
  for (const char* key :
       {"mean_dice", "mean_iou", "precision", "recall", "f2", "global_dice", "polyp_sensitivity"}) {
    EXPECT_EQ(number_text(*find_figure(all, key)), "–") << key;
  }
  EXPECT_EQ(number_text(*find_figure(all, "accuracy")), "0.8750");
  // Wilson's interval of 1 of 4: 1 less that of 3 of 4 by SciPy.
  const Figure& rate = *find_figure(all, "false_positive_rate");
  EXPECT_EQ(number_text(rate), "0.2500");
  EXPECT_EQ(interval_text(*rate.interval), "0.0456 to 0.6994");
  EXPECT_TRUE(has_idle({healthy}));
  EXPECT_FALSE(has_idle({polyp_set()}));
  EXPECT_THAT(size_table(healthy.polyps), IsEmpty());
  const Json json = to_json(healthy);
  EXPECT_NEAR(json["mean_dice"].get<double>(), 0.75, 1e-6);  // the key stays
  EXPECT_EQ(json["false_positive_images"], 1);
  EXPECT_NEAR(json["ci"]["false_positive_rate"][1].get<double>(), 0.69935815741759816, 1e-9);
  EXPECT_TRUE(json["polyps_by_size"][3]["sensitivity"].is_null());
  EXPECT_TRUE(json["polyps_by_size"][3]["ci"].is_null());
  ASSERT_EQ(json["froc"].size(), 20U);
  EXPECT_TRUE(json["froc"][14]["sensitivity"].is_null());
  EXPECT_EQ(json["froc"][14]["false_positive_rate"], 0.25);
  EXPECT_EQ(json["froc"][15]["false_positive_rate"], 0);
}

TEST(EvaluateHealthy, AreLeftOutOfMeansOfOutlines) {
  for (const auto& results : {std::vector<Result>{polyp_set(), healthy_set()},
                              std::vector<Result>{healthy_set(), polyp_set()}}) {
    const auto rows = data_set_table(results);
    EXPECT_THAT(rows[0], ElementsAre("data", "images", "Dice", "IoU", "sensitivity",
                                     "without polyp", "with a finding"));
    const std::size_t healthy = results[0].has_polyp() ? 2 : 1;
    EXPECT_THAT(rows[healthy],
                ElementsAre("healthy", "4", "–", "–", "–", "4", "0.2500 (0.0456-0.6994)"));
    EXPECT_THAT(rows[3], ElementsAre("mean of 2 sets, 1 with polyps", "", "0.5000", "0.3333",
                                     "0.5000", "", "none"));
    const Json json = to_json(results);
    EXPECT_EQ(json["sets_with_polyp"], 1);
    EXPECT_NEAR(json["mean"]["mean_dice"].get<double>(), 0.5, 1e-6);
    EXPECT_EQ(json["mean"]["polyp_sensitivity"], 0.5);
    EXPECT_NEAR(json["mean"]["accuracy"].get<double>(), 0.875, 1e-6);  // of both
    EXPECT_FALSE(json["mean"].contains("polyps_found"));
  }
}

TEST(EvaluateHealthy, AloneHaveNoMeanOfOutlines) {
  const std::vector<Result> results{healthy_set(), healthy_set()};
  EXPECT_THAT(data_set_table(results)[3],
              ElementsAre("mean of 2 sets, 0 with polyps", "", "–", "–", "–", "", "0.2500"));
  const Json json = to_json(results);
  EXPECT_EQ(json["sets_with_polyp"], 0);
  EXPECT_TRUE(json["mean"]["mean_dice"].is_null());
  EXPECT_EQ(json["mean"]["false_positive_rate"], 0.25);
}

TEST(EvaluateSets, HaveOneCurveOverAllImages) {
  const Json json = to_json(std::vector<Result>{polyp_set(), healthy_set()});
  ASSERT_EQ(json["froc"].size(), 20U);
  EXPECT_EQ(json_line(json["froc"][14]),
            R"({"confidence":0.7,"sensitivity":0.5,"false_findings_per_image":0.2,)"
            R"("false_positive_rate":0.25})");
  EXPECT_EQ(json["froc"][19]["sensitivity"], 0.0);
}

TEST(EvaluateGroups, SayNothingOfOutlinesWithoutAPolyp) {
  EXPECT_THAT(
      group_table(healthy_set().groups),
      ElementsAre(ElementsAre("group", "images", "Dice", "IoU", "without polyp", "with a finding"),
                  ElementsAre("south", "4", "–", "–", "4", "0.2500")));
  EXPECT_THAT(group_table(polyp_set().groups),
              ElementsAre(ElementsAre("group", "images", "Dice", "IoU"),
                          ElementsAre("north", "1", "0.5000", "0.3333")));
  EXPECT_THAT(group_table({}), IsEmpty());
  const Json group = to_json(healthy_set())["groups"][0];
  EXPECT_EQ(group["images_without_polyp"], 4);
  EXPECT_EQ(group["false_positive_rate"], 0.25);
}

TEST(EvaluatePage, HasSizesGroupsAndTheCurve) {
  const std::string page = results_page({polyp_set(), healthy_set()}, {{}, {}}).text();
  // 1 of 16 pixels is 6.25%; of one image with 1 of 2 found Wilson's interval of 0.5 of 1.
  EXPECT_THAT(page, AllOf(HasSubstr("<td>5% to 15%</td><td>2</td><td>1</td><td>0.5000</td>"),
                          HasSubstr("<td>north</td><td>1</td><td>0.5000</td>"),
                          HasSubstr("<td>south</td><td>4</td><td>–</td>"), HasSubstr(idle_note)));
  // Of both sets, of the one and of the other: the healthy one has no line of polyps found.
  const auto count = [&](const std::string& text) {
    std::size_t times = 0;
    for (std::size_t at = 0; (at = page.find(text, at)) != std::string::npos; ++at) {
      ++times;
    }
    return times;
  };
  EXPECT_EQ(count("<h3>By the least confidence of a finding</h3>"), 3U);
  EXPECT_EQ(count("</i>polyps found <b>"), 2U);
  EXPECT_EQ(count("</i>images without polyp with a finding <b>"), 2U);
  EXPECT_EQ(count("<title>findings on no polyp, an image, least confidence 0.7: 0.25</title>"), 1U);
  EXPECT_EQ(count("<script>"), 1U);
  Source predictions;
  predictions.predictions = "maps";
  Evaluation without_confidence;
  without_confidence.images = {{"p.png", {1, 1, 1, 13}, {}, {}}};
  EXPECT_THAT(results_page({make_result(predictions, without_confidence, {})}, {{}}).text(),
              Not(HasSubstr("By the least confidence")));
}

}  // namespace
}  // namespace bcnet::evaluate
