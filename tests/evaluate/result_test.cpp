#include "evaluate/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "evaluate/csv.h"
#include "evaluate/figures.h"
#include "evaluate/json.h"
#include "evaluate/page.h"
#include "evaluate/table.h"
#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace bcnet::evaluate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// 16 pixels with one of three true and found: Dice 0.5; the other image is right: Dice 1.
Evaluation two_images() {
  Evaluation evaluation;
  evaluation.images = {{"b.png", {1, 1, 1, 13}, 0.75, {}}, {"a.png", {4, 0, 0, 12}, {}, {}}};
  evaluation.images[0].polyps = {{2, true}};
  evaluation.images[1].polyps = {{4, true}};
  evaluation.failed = {{"bad.png", "bad.png: no picture"}};
  return evaluation;
}

Source model_source() {
  Source source;
  source.data = "=data";
  source.model = ModelInfo{};
  source.model->file = "m.onnx";
  source.model->engine = "an engine";
  return source;
}

Evaluation with_field(Evaluation evaluation) {
  for (ImageScore& image : evaluation.images) {
    image.field = FieldScore{};
    image.field->false_polyps = 3;
    image.polyps = {{2, true}, {1, false}, {1, false}};
  }
  evaluation.images[0].field->boundary.hd95 = 2.5;
  return evaluation;
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) {
    keys.push_back(item.key());
  }
  return keys;
}

TEST(EvaluateResult, HasMeansOverTheImagesThatHaveAValue) {
  const Result result = make_result(model_source(), with_field(two_images()), {});
  ASSERT_EQ(result.means.size(), basic_measures().size() + field_measures().size());
  EXPECT_STREQ(result.means[0].measure->key, "mean_dice");
  EXPECT_NEAR(result.means[0].mean->value, 0.75, 1e-6);
  EXPECT_NEAR(result.global_dice, 10.0 / 12, 1e-6);
  for (const MeasuredMean& measured : result.means) {
    if (std::string(measured.measure->key) == "hd95") {
      EXPECT_DOUBLE_EQ(measured.mean->value, 2.5);
    }
    if (std::string(measured.measure->key) == "average_surface_distance") {
      EXPECT_FALSE(measured.mean);
    }
  }
  EXPECT_EQ(result.field->surface_distance_images, 1U);
  EXPECT_EQ(result.field->false_polyps, 6U);
  EXPECT_DOUBLE_EQ(*result.polyps.all.sensitivity(), 2.0 / 6);
  EXPECT_EQ(result.calibration->masks.images, 1U);
  EXPECT_NEAR(result.calibration->masks.precision_error, 0.25, 1e-6);
}

TEST(EvaluateResult, HasNoSensitivityWithoutAPolyp) {
  Evaluation evaluation = with_field(two_images());
  for (ImageScore& image : evaluation.images) {
    image.polyps.clear();
  }
  const Result result = make_result(model_source(), evaluation, {});
  EXPECT_FALSE(result.polyps.all.sensitivity());
  EXPECT_TRUE(to_json(result)["polyp_sensitivity"].is_null());
  EXPECT_FALSE(to_json(result)["ci"].contains("polyp_sensitivity"));
}

// The order of the keys is part of the document: people read it.
TEST(EvaluateJson, KeepsItsKeysInOrder) {
  Result result = make_result(model_source(), with_field(two_images()), {{"crops", 2, 1, 1, 3, 1}});
  result.corrupted = {{"blur", 1, 2, "pixels", 0.5, 0.4}};
  result.against = Against{};
  const Json document = to_json(result);
  EXPECT_THAT(
      keys_of(document),
      ElementsAre("model", "engine", "data", "split", "mask_values", "ignore_value", "threshold",
                  "images", "ci", "mean_dice", "mean_iou", "precision", "recall", "specificity",
                  "f2", "accuracy", "global_dice", "global_iou", "images_without_polyp",
                  "false_positive_rate", "false_positive_images", "polyps_found", "polyps_missed",
                  "polyp_sensitivity", "polyps_by_size", "meanDic", "meanIoU", "wFm", "Sm",
                  "meanEm", "MAE", "meanSen", "meanSpe", "hd95", "average_surface_distance",
                  "boundary_f", "false_positives_per_image", "maxEm", "maxDic", "maxIoU", "maxSen",
                  "maxSpe", "surface_distance_images", "polyps_false", "per_image", "calibration",
                  "mean_corrupted_dice", "mean_corrupted_iou", "corruptions", "negatives", "failed",
                  "against"));
  EXPECT_THAT(
      keys_of(document["per_image"][0]),
      ElementsAre("image", "polyp_percent", "dice", "iou", "precision", "recall", "specificity",
                  "f2", "accuracy", "confidence", "meanDic", "meanIoU", "wFm", "Sm", "meanEm",
                  "MAE", "meanSen", "meanSpe", "hd95", "average_surface_distance", "boundary_f",
                  "polyps_false", "polyps_found", "polyps_missed"));
  EXPECT_TRUE(document["per_image"][0]["polyps_false"].is_number_integer());
  EXPECT_TRUE(document["per_image"][1]["confidence"].is_null());
  EXPECT_EQ(document["ci"].count("average_surface_distance"), 0U);
}

TEST(EvaluateJson, OfPredictionsNamesTheirFolder) {
  Source source;
  source.data = "d";
  source.predictions = "maps";
  source.unused_predictions = 3;
  source.uniform_predictions = {{"a.png", 0.25}};
  const Json document = to_json(make_result(source, two_images(), {}));
  EXPECT_EQ(json_line(document["uniform_predictions"]), R"([{"image":"a.png","value":0.25}])");
  EXPECT_EQ(json_line(document["failed"]),
            R"([{"image":"bad.png","error":"bad.png: no picture"}])");
  EXPECT_EQ(document["unused_predictions"], 3);
  for (const char* key : {"model", "calibration", "corruptions", "negatives", "against", "maxEm"}) {
    EXPECT_EQ(document.count(key), 0U) << key;
  }
}

TEST(EvaluateCsv, HasALineForEachImage) {
  Evaluation evaluation = two_images();
  evaluation.images[0] = {"=b, c.png", {2, 0, 0, 14}, 0.75, {}};
  EXPECT_EQ(
      results_csv({make_result(model_source(), evaluation, {})}),
      "data,image,polyp_percent,dice,iou,precision,recall,specificity,f2,accuracy,confidence\n"
      "'=data,\"'=b, c.png\",12.5,1.0,1.0,1.0,1.0,1.0,1.0,1.0,0.75\n"
      "'=data,a.png,25.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,\n");
}

TEST(EvaluateTable, HasAColumnWhereEveryResultHasTheFigure) {
  const Result plain = make_result(model_source(), two_images(), {});
  const Result all = make_result(model_source(), with_field(two_images()), {});
  EXPECT_THAT(data_set_table({plain, all})[0],
              ElementsAre("data", "images", "Dice", "IoU", "sensitivity"));
  const auto rows = data_set_table({all});
  EXPECT_THAT(rows[0], ElementsAre("data", "images", "Dice", "IoU", "wFm", "Sm", "meanEm", "maxEm",
                                   "MAE", "HD95", "boundary F", "sensitivity", "false/image"));
  EXPECT_EQ(rows[1][2], "0.7500 (0.5000-1.0000)");
  EXPECT_EQ(rows[1][11], "0.3333 (0.0453-0.8406)");
}

TEST(EvaluateTable, EndsWithTheMeanOfSeveralSets) {
  Evaluation two = two_images();
  two.images[1] = {"a.png", {0, 0, 0, 16}, {}, {}};  // without polyp
  Evaluation one = two;
  one.images.resize(1);
  const std::vector<Result> results{make_result(model_source(), two, {}),
                                    make_result(model_source(), one, {})};
  const auto rows = data_set_table(results);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(rows[0], ElementsAre("data", "images", "Dice", "IoU", "sensitivity", "without polyp",
                                   "with a finding"));
  EXPECT_THAT(rows[2], ElementsAre("=data", "1", HasSubstr("0.5000"), "0.3333",
                                   "1.0000 (0.2065-1.0000)", "0", "none"));
  EXPECT_THAT(rows[3], ElementsAre("mean of 2 sets", "", "0.6250", "0.5000", "1.0000", "", "none"));
  EXPECT_EQ(data_set_table({results[0]}).size(), 2U);
  const Json json = to_json(results);
  EXPECT_THAT(keys_of(json), ElementsAre("data_sets", "mean", "sets_with_polyp"));
  EXPECT_NEAR(json["mean"]["mean_dice"].get<double>(), 0.625, 1e-6);
  EXPECT_TRUE(json["mean"].contains("global_iou"));
  EXPECT_FALSE(json["mean"].contains("images_without_polyp"));
  // What only one of them has has no mean.
  EXPECT_FALSE(json["mean"].contains("false_positive_rate"));
  EXPECT_FALSE(to_json(std::vector<Result>{results[0]}).contains("mean"));
}

TEST(EvaluateFigures, CountsAreWholeNumbers) {
  for (const Figure& figure : figures(make_result(model_source(), with_field(two_images()), {}))) {
    if (std::string(figure.key) == "polyps_missed") {
      EXPECT_EQ(number_text(figure), "4");
    }
    if (std::string(figure.key) == "average_surface_distance") {
      EXPECT_EQ(number_text(figure), "none");
    }
  }
}

TEST(EvaluatePage, ShowsNamesAsText) {
  Evaluation evaluation = two_images();
  Source source = model_source();
  source.data = "<script>";
  const std::string page = results_page({make_result(source, evaluation, {})}, {{}}).text();
  EXPECT_THAT(page, AllOf(HasSubstr("<h2>&lt;script&gt;</h2>"), HasSubstr("m.onnx, an engine"),
                          HasSubstr("1 files could not be measured"), Not(HasSubstr("<script>"))));
}

TEST(EvaluateAgainst, ReadsWhatTheJsonWriterWrote) {
  const test::TemporaryFolder folder;
  const Result result = make_result(model_source(), two_images(), {});
  const std::string file = folder / "old.json";
  write_json(file, to_json(result));
  const auto others = read_results(file);
  ASSERT_EQ(others.size(), 1U);
  Evaluation better = two_images();
  better.images[0].counts = {2, 0, 0, 14};
  better.images.push_back({"new.png", {1, 0, 0, 15}, {}, {}});
  const Against against = compare_images(
      comparable_images(make_result(model_source(), better, {}).images), others[0], file, 0);
  EXPECT_EQ(against.images, 2U);
  EXPECT_EQ(against.left_out, 1U);
  ASSERT_EQ(against.measures.size(), basic_measures().size());
  EXPECT_STREQ(against.measures[0].key, "mean_dice");
  EXPECT_DOUBLE_EQ(against.measures[0].mean, 1);
  EXPECT_NEAR(against.measures[0].other_mean, 0.75, 1e-6);
  EXPECT_NEAR(against.measures[0].difference.mean, 0.25, 1e-6);
  EXPECT_THAT(keys_of(to_json(against.measures)["mean_dice"]),
              ElementsAre("images", "mean", "other_mean", "difference", "ci", "wilcoxon_p"));
}

TEST(EvaluateAgainst, RefusesWhatIsNoResult) {
  const test::TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    test::write_text(folder / "old.json", text);
    return test::error_of(ErrorKind::data, [&] { read_results(folder / "old.json"); });
  };
  EXPECT_THAT(error("data,image\n"), HasSubstr("found text that is no JSON"));
  EXPECT_THAT(error("{}"), HasSubstr("per_image: found no such list"));
  EXPECT_THAT(error(R"({"per_image": [{"image": 3}]})"),
              HasSubstr("found an entry without the name of its image"));
  EXPECT_THAT(error(R"({"data_sets": [{"per_image": []}, 1]})"), HasSubstr("per_image"));
}

}  // namespace
}  // namespace bcnet::evaluate
