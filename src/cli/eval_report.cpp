#include "cli/eval_report.h"

#include <fmt/format.h>

#include <cmath>

#include "metrics/bootstrap.h"

namespace bcnet::cli {

namespace {

Json interval(const std::vector<double>& values, std::uint64_t seed) {
  const metrics::Interval ci = metrics::bootstrap_mean(values, seed);
  return Json::array({ci.low, ci.high});
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

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
          {"mean_confidence", mean(confidence)},
          {"mean_precision", mean(precision)},
          {"mean_iou", mean(iou)},
          {"precision_error", mean(precision_error)},
          {"iou_error", mean(iou_error)}};
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
  result["mean_corrupted_dice"] = mean(dice);
  result["mean_corrupted_iou"] = mean(iou);
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

void print_measures(const Json& r) {
  fmt::print("{} images, {}\n", r["images"].get<std::int64_t>(), r["engine"].get<std::string>());
  const auto line = [&](const char* label, const char* key) {
    fmt::print("  {:<22} {:.4f}", label, number(r, key));
    if (r["ci"].contains(key)) {
      fmt::print("  (95% interval {:.4f} to {:.4f})", r["ci"][key][0].get<double>(),
                 r["ci"][key][1].get<double>());
    }
    fmt::print("\n");
  };
  line("mean Dice", "mean_dice");
  line("mean IoU", "mean_iou");
  line("dataset-wide Dice", "global_dice");
  line("dataset-wide IoU", "global_iou");
  line("precision", "precision");
  line("recall", "recall");
}

void print_calibration(const Json& c) {
  fmt::print("calibration at temperature {:.4g}\n", number(c, "temperature"));
  fmt::print("  {:<22} {:.4f}\n", "expected error", number(c, "ece"));
  fmt::print("  {:<22} {:.4f}\n", "Brier score", number(c, "brier"));
  const Json& masks = c["masks"];
  if (masks["images"].get<std::int64_t>() > 0) {
    fmt::print("  {:<22} {:.4f}  (their precision {:.4f}, IoU {:.4f})\n", "masks' confidence",
               number(masks, "mean_confidence"), number(masks, "mean_precision"),
               number(masks, "mean_iou"));
  }
}

/// One row a corruption: Dice at each strength, then IoU.
void print_corruptions(const Json& r) {
  fmt::print("{:<16} {:^26}   {:^26}\n", "corrupted", "mean Dice at strength",
             "mean IoU at strength");
  fmt::print("{:<16} {:>8} {:>8} {:>8}   {:>8} {:>8} {:>8}\n", "", 1, 2, 3, 1, 2, 3);
  const Json& list = r["corruptions"];
  for (std::size_t i = 0; i + 2 < list.size(); i += corruption_strengths) {
    fmt::print("  {:<14} {:>8.4f} {:>8.4f} {:>8.4f}   {:>8.4f} {:>8.4f} {:>8.4f}\n",
               list[i]["name"].get<std::string>(), number(list[i], "mean_dice"),
               number(list[i + 1], "mean_dice"), number(list[i + 2], "mean_dice"),
               number(list[i], "mean_iou"), number(list[i + 1], "mean_iou"),
               number(list[i + 2], "mean_iou"));
  }
  fmt::print("  {:<14} {:>8.4f} {:>29.4f}\n", "mean of all", number(r, "mean_corrupted_dice"),
             number(r, "mean_corrupted_iou"));
}

void print_negatives(const Json& list) {
  fmt::print("{:<16} {:>8} {:>12} {:>15} {:>8}\n", "without polyp", "images", "with finding",
             "findings/image", "area %");
  for (const Json& n : list) {
    fmt::print("  {:<14} {:>8} {:>11.1f}% {:>15.2f} {:>8.2f}", n["source"].get<std::string>(),
               n["images"].get<std::int64_t>(), 100 * number(n, "false_positive_rate"),
               number(n, "false_positives_per_image"), number(n, "mean_area_percent"));
    const auto left_out = n["left_out"].get<std::int64_t>();
    fmt::print(left_out > 0 ? "  ({} images had no room for a crop)\n" : "\n", left_out);
  }
}

}  // namespace

Json eval_json(const EvalSource& source, const ModelInfo& model, const Evaluation& evaluation,
               const std::vector<NegativeScore>& negatives) {
  std::vector<metrics::Counts> counts;
  std::vector<double> dice, iou;
  Json per_image = Json::array();
  for (const ImageScore& image : evaluation.images) {
    counts.push_back(image.counts);
    dice.push_back(metrics::dice(image.counts));
    iou.push_back(metrics::iou(image.counts));
    per_image.push_back({{"image", image.name},
                         {"dice", dice.back()},
                         {"iou", iou.back()},
                         {"confidence", image.confidence ? Json(*image.confidence) : Json()}});
  }
  const metrics::Summary summary = metrics::summarize(counts);
  Json result = {{"model", model.file},
                 {"engine", model.engine},
                 {"data", source.data},
                 {"split", source.split},
                 {"threshold", model.threshold},
                 {"images", summary.images},
                 {"mean_dice", summary.mean_dice},
                 {"mean_iou", summary.mean_iou},
                 {"global_dice", summary.global_dice},
                 {"global_iou", summary.global_iou},
                 {"precision", summary.mean_precision},
                 {"recall", summary.mean_recall},
                 {"ci",
                  {{"level", 0.95},
                   {"mean_dice", interval(dice, source.seed)},
                   {"mean_iou", interval(iou, source.seed)}}},
                 {"calibration", calibration_json(evaluation, model.temperature)}};
  add_corruptions(result, evaluation.corrupted);
  add_negatives(result, negatives);
  result["per_image"] = per_image;
  result["failed"] = evaluation.failed;
  return result;
}

void print_eval(const Json& result) {
  print_measures(result);
  print_calibration(result["calibration"]);
  if (result.contains("corruptions")) {
    print_corruptions(result);
  }
  if (result.contains("negatives")) {
    print_negatives(result["negatives"]);
  }
}

}  // namespace bcnet::cli
