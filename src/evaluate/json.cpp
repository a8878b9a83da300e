#include "evaluate/json.h"

#include <fmt/format.h>

#include <cmath>

#include "core/terminal.h"
#include "core/text_table.h"
#include "evaluate/measures.h"
#include "evaluate/table.h"
#include "metrics/mean.h"

namespace bcnet::evaluate {

namespace {

/// How the mean probability in a predicted mask compares with what the mask is worth.
Json mask_calibration(const std::vector<ImageScore>& images) {
  std::vector<double> confidence, precision, iou, precision_error, iou_error;
  for (const ImageScore& image : images) {
    if (image.confidence) {
      confidence.push_back(*image.confidence);
      precision.push_back(metrics::precision(image.counts));
      iou.push_back(metrics::iou(image.counts));
      precision_error.push_back(std::abs(confidence.back() - precision.back()));
      iou_error.push_back(std::abs(confidence.back() - iou.back()));
    }
  }
  return {{"images", confidence.size()},
          {"mean_confidence", metrics::mean(confidence)},
          {"mean_precision", metrics::mean(precision)},
          {"mean_iou", metrics::mean(iou)},
          {"precision_error", metrics::mean(precision_error)},
          {"iou_error", metrics::mean(iou_error)}};
}

Json calibration_json(const Evaluation& evaluation, float temperature) {
  Json bins = Json::array();
  for (const metrics::ReliabilityBin& bin : evaluation.reliability.bins()) {
    const bool filled = bin.share > 0;
    bins.push_back({{"low", bin.low},
                    {"high", bin.high},
                    {"share", bin.share},
                    {"confidence", filled ? Json(bin.confidence) : Json()},
                    {"accuracy", filled ? Json(bin.accuracy) : Json()}});
  }
  return {{"temperature", temperature},
          {"ece", evaluation.reliability.expected_error()},
          {"brier", evaluation.reliability.brier()},
          {"masks", mask_calibration(evaluation.images)},
          {"bins", bins}};
}

void add_corruptions(Json& result, const std::vector<CorruptionScore>& scores) {
  if (scores.empty()) {
    return;
  }
  std::vector<double> dice, iou;
  Json list = Json::array();
  for (const CorruptionScore& score : scores) {
    const metrics::Summary summary = metrics::summarize(score.counts);
    dice.push_back(summary.mean_dice);
    iou.push_back(summary.mean_iou);
    list.push_back(
        {{"name", score.corruption.name},
         {"strength", score.strength},
         {"value", score.corruption.values.at(static_cast<std::size_t>(score.strength) - 1)},
         {"unit", score.corruption.unit},
         {"mean_dice", summary.mean_dice},
         {"mean_iou", summary.mean_iou}});
  }
  result["mean_corrupted_dice"] = metrics::mean(dice);
  result["mean_corrupted_iou"] = metrics::mean(iou);
  result["corruptions"] = list;
}

void add_negatives(Json& result, const std::vector<NegativeScore>& scores) {
  if (scores.empty()) {
    return;
  }
  Json list = Json::array();
  for (const NegativeScore& score : scores) {
    list.push_back({{"source", score.source},
                    {"images", score.images},
                    {"left_out", score.left_out},
                    {"images_with_polyp", score.images_with_polyp},
                    {"false_positive_rate", score.false_positive_rate()},
                    {"false_positives", score.false_positives},
                    {"false_positives_per_image", score.false_positives_per_image()},
                    {"mean_area_percent", score.mean_area_percent()},
                    {"smallest_area_percent", smallest_false_positive_percent}});
  }
  result["negatives"] = list;
}

double number(const Json& object, const char* key) { return object[key].get<double>(); }

void print_measure(const Json& r, const char* label, const char* key) {
  if (!r.contains(key)) {
    return;
  }
  if (r[key].is_null()) {
    print("  {:<22} none\n", label);
    return;
  }
  if (r[key].is_number_integer()) {
    print("  {:<22} {}\n", label, r[key].get<std::int64_t>());
    return;
  }
  print("  {:<22} {:.4f}", label, number(r, key));
  if (r["ci"].contains(key)) {
    print("  (95% interval {:.4f} to {:.4f})", r["ci"][key][0].get<double>(),
          r["ci"][key][1].get<double>());
  }
  print("\n");
}

std::string made_by(const Json& r) {
  return r.contains("engine") ? r["engine"].get<std::string>()
                              : "predictions of " + r["predictions"].get<std::string>();
}

void print_measures(const Json& r) {
  print("{} images, {}\n", r["images"].get<std::int64_t>(), made_by(r));
  for (const auto& group : {basic_measures(), field_measures()}) {
    for (const Measure& measure : group) {
      print_measure(r, measure.label, measure.key);
    }
  }
  for (const auto& group : {basic_figures(), field_figures()}) {
    for (const Figure& figure : group) {
      print_measure(r, figure.label, figure.key);
    }
  }
}

void print_calibration(const Json& c) {
  print("calibration at temperature {:.4g}\n", number(c, "temperature"));
  print("  {:<22} {:.4f}\n", "expected error", number(c, "ece"));
  print("  {:<22} {:.4f}\n", "Brier score", number(c, "brier"));
  const Json& masks = c["masks"];
  if (masks["images"].get<std::int64_t>() > 0) {
    print("  {:<22} {:.4f}  (their precision {:.4f}, IoU {:.4f})\n", "masks' confidence",
          number(masks, "mean_confidence"), number(masks, "mean_precision"),
          number(masks, "mean_iou"));
  }
}

/// One row a corruption: Dice at each strength, then IoU.
void print_corruptions(const Json& r) {
  print("{:<16} {:^26}   {:^26}\n", "corrupted", "mean Dice at strength", "mean IoU at strength");
  print("{:<16} {:>8} {:>8} {:>8}   {:>8} {:>8} {:>8}\n", "", 1, 2, 3, 1, 2, 3);
  const Json& list = r["corruptions"];
  for (std::size_t i = 0; i + 2 < list.size(); i += corruption_strengths) {
    print("  {:<14} {:>8.4f} {:>8.4f} {:>8.4f}   {:>8.4f} {:>8.4f} {:>8.4f}\n",
          list[i]["name"].get<std::string>(), number(list[i], "mean_dice"),
          number(list[i + 1], "mean_dice"), number(list[i + 2], "mean_dice"),
          number(list[i], "mean_iou"), number(list[i + 1], "mean_iou"),
          number(list[i + 2], "mean_iou"));
  }
  print("  {:<14} {:>8.4f} {:>29.4f}\n", "mean of all", number(r, "mean_corrupted_dice"),
        number(r, "mean_corrupted_iou"));
}

void print_negatives(const Json& list) {
  print("{:<16} {:>8} {:>12} {:>15} {:>8}\n", "without polyp", "images", "with finding",
        "findings/image", "area %");
  for (const Json& n : list) {
    print("  {:<14} {:>8} {:>11.1f}% {:>15.2f} {:>8.2f}", n["source"].get<std::string>(),
          n["images"].get<std::int64_t>(), 100 * number(n, "false_positive_rate"),
          number(n, "false_positives_per_image"), number(n, "mean_area_percent"));
    const auto left_out = n["left_out"].get<std::int64_t>();
    print(left_out > 0 ? "  ({} images had no room for a crop)\n" : "\n", left_out);
  }
}

void print_against(const std::string& data, const Json& against) {
  print("{} against {}, {} images of both\n", data, against["file"].get<std::string>(),
        against["images"].get<std::int64_t>());
  std::vector<std::vector<std::string>> rows{
      {"", "here", "there", "difference", "95% interval", "Wilcoxon p"}};
  for (const auto& [key, m] : against["measures"].items()) {
    rows.push_back(
        {key, fmt::format("{:.4f}", number(m, "mean")),
         fmt::format("{:.4f}", number(m, "other_mean")),
         fmt::format("{:+.4f}", number(m, "difference")),
         fmt::format("{:+.4f} to {:+.4f}", m["ci"][0].get<double>(), m["ci"][1].get<double>()),
         fmt::format("{:.3g}", number(m, "wilcoxon_p"))});
  }
  std::fputs(text_table(rows, "  ").c_str(), stdout);
}

void print_result(const Json& result) {
  print_measures(result);
  if (result.contains("calibration")) {
    print_calibration(result["calibration"]);
  }
  if (result.contains("corruptions")) {
    print_corruptions(result);
  }
  if (result.contains("negatives")) {
    print_negatives(result["negatives"]);
  }
}

}  // namespace

Json eval_json(const EvalSource& source, const Evaluation& evaluation,
               const std::vector<NegativeScore>& negatives) {
  Json result;
  if (source.model) {
    result = {{"model", source.model->file}, {"engine", source.model->engine}};
  } else {
    result = {{"predictions", source.predictions},
              {"unused_predictions", source.unused_predictions},
              {"uniform_predictions", source.uniform_predictions}};
  }
  result["data"] = source.data;
  result["split"] = source.split;
  result["threshold"] = source.threshold;
  add_measures(result, evaluation.images, source.seed);
  if (source.model) {
    result["calibration"] = calibration_json(evaluation, source.model->temperature);
  }
  add_corruptions(result, evaluation.corrupted);
  add_negatives(result, negatives);
  result["failed"] = evaluation.failed;
  return result;
}

void print_eval(const std::vector<Json>& results) {
  if (results.size() > 1) {
    print("{}\n", made_by(results.front()));
    std::fputs(text_table(data_set_table(results), "  ").c_str(), stdout);
  } else {
    print_result(results.front());
  }
  for (const Json& result : results) {
    if (result.contains("against")) {
      print_against(result["data"].get<std::string>(), result["against"]);
    }
  }
}

}  // namespace bcnet::evaluate
