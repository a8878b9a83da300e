#include "evaluate/json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "evaluate/figures.h"

namespace bcnet::evaluate {

namespace {

constexpr double interval_level = 0.95;

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json to_json(const metrics::Interval& interval) { return {interval.low, interval.high}; }

Json interval_or_null(const std::optional<metrics::Interval>& interval) {
  return interval ? to_json(*interval) : Json();
}

Json to_json(const std::vector<metrics::FrocPoint>& curve) {
  Json points = Json::array();
  for (const metrics::FrocPoint& point : curve) {
    points.push_back({{"confidence", point.confidence},
                      {"sensitivity", number_or_null(point.sensitivity)},
                      {"false_findings_per_image", point.false_findings_per_image},
                      {"false_positive_rate", number_or_null(point.false_positive_rate)}});
  }
  return points;
}

Json to_json(const std::array<PolypsOfSize, polyp_sizes.size()>& all) {
  Json list = Json::array();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const PolypsOfSize& polyps = all.at(i);
    list.push_back({{"from_percent", polyp_sizes.at(i).from_percent},
                    {"to_percent", polyp_sizes.at(i).to_percent},
                    {"polyps", polyps.polyps},
                    {"found", polyps.found},
                    {"sensitivity", number_or_null(polyps.sensitivity())},
                    {"ci", interval_or_null(polyps.interval)}});
  }
  return list;
}

Json to_json(const std::vector<UniformPrediction>& predictions) {
  Json list = Json::array();
  for (const UniformPrediction& prediction : predictions) {
    list.push_back({{"image", prediction.image}, {"value", prediction.value}});
  }
  return list;
}

Json to_json(const Against& against) {
  return {{"file", against.file},
          {"images", against.images},
          {"left_out", against.left_out},
          {"level", interval_level},
          {"measures", to_json(against.measures)}};
}

Json to_json(const MaskCalibration& masks) {
  return {{"images", masks.images},
          {"mean_confidence", masks.mean_confidence},
          {"mean_precision", masks.mean_precision},
          {"mean_iou", masks.mean_iou},
          {"precision_error", masks.precision_error},
          {"iou_error", masks.iou_error}};
}

Json to_json(const Calibration& calibration) {
  Json bins = Json::array();
  for (const metrics::ReliabilityBin& bin : calibration.reliability.bins()) {
    const bool filled = bin.share > 0;
    bins.push_back({{"low", bin.low},
                    {"high", bin.high},
                    {"share", bin.share},
                    {"confidence", filled ? Json(bin.confidence) : Json()},
                    {"accuracy", filled ? Json(bin.accuracy) : Json()}});
  }
  return {{"temperature", calibration.temperature},
          {"ece", calibration.reliability.expected_error()},
          {"brier", calibration.reliability.brier()},
          {"masks", to_json(calibration.masks)},
          {"bins", bins}};
}

Json to_json(const NegativeScore& score) {
  return {{"source", score.source},
          {"images", score.images},
          {"left_out", score.left_out},
          {"images_with_polyp", score.images_with_polyp},
          {"false_positive_rate", score.false_positive_rate()},
          {"ci", to_json(score.interval())},
          {"false_positives", score.false_positives},
          {"false_positives_per_image", score.false_positives_per_image()},
          {"mean_area_percent", score.mean_area_percent()},
          {"smallest_area_percent", smallest_false_positive_percent}};
}

void add_source(Json& document, const Source& source) {
  if (source.model) {
    document = {{"model", source.model->file}, {"engine", source.model->engine}};
  } else {
    document = {{"predictions", source.predictions},
                {"unused_predictions", source.unused_predictions},
                {"prediction_values", source.prediction_values},
                {"resized_predictions", source.resized_predictions},
                {"uniform_predictions", to_json(source.uniform_predictions)}};
  }
  document["data"] = source.data;
  document["split"] = source.split;
  document["mask_values"] = mask_values_text(source.masks);
  document["ignore_value"] = number_or_null(source.masks.ignore);
  document["threshold"] = source.threshold;
}

void add_mean(Json& document, const MeasuredMean& measured) {
  const char* key = measured.measure->key;
  document[key] = measured.mean ? Json(measured.mean->value) : Json();
  if (measured.mean) {
    document["ci"][key] = to_json(measured.mean->interval);
  }
}

void add_field(Json& document, const FieldFigures& field) {
  document["maxEm"] = field.max_enhanced_alignment;
  document["maxDic"] = field.max_dice;
  document["maxIoU"] = field.max_iou;
  document["maxSen"] = field.max_sensitivity;
  document["maxSpe"] = field.max_specificity;
  document["surface_distance_images"] = field.surface_distance_images;
  document["polyps_false"] = field.false_polyps;
}

/// Whether polyps are found, and findings where there is none.
void add_found(Json& document, const Result& result) {
  const WithoutPolyp& without = result.without_polyp;
  document["images_without_polyp"] = without.images;
  document["false_positive_rate"] = number_or_null(without.false_positive_rate());
  document["false_positive_images"] = without.with_finding;
  if (const auto interval = without.interval()) {
    document["ci"]["false_positive_rate"] = to_json(*interval);
  }
  const PolypsOfSize& polyps = result.polyps.all;
  document["polyps_found"] = polyps.found;
  document["polyps_missed"] = polyps.polyps - polyps.found;
  document["polyp_sensitivity"] = number_or_null(polyps.sensitivity());
  if (polyps.interval) {
    document["ci"]["polyp_sensitivity"] = to_json(*polyps.interval);
  }
  document["polyps_by_size"] = to_json(result.polyps.by_size);
  if (!result.froc.empty()) {
    document["froc"] = to_json(result.froc);
  }
}

void add_measures(Json& document, const Result& result) {
  document["images"] = result.images.size();
  document["ci"] = {{"level", interval_level}};
  const auto basic = static_cast<std::ptrdiff_t>(basic_measures().size());
  std::for_each(result.means.begin(), result.means.begin() + basic,
                [&](const MeasuredMean& mean) { add_mean(document, mean); });
  document["global_dice"] = result.global_dice;
  document["global_iou"] = result.global_iou;
  add_found(document, result);
  for (const GroupMean& group : result.groups) {
    document["groups"].push_back(
        {{"group", group.group},
         {"images", group.images},
         {"mean_dice", group.mean_dice},
         {"mean_iou", group.mean_iou},
         {"images_without_polyp", group.without_polyp.images},
         {"false_positive_rate", number_or_null(group.without_polyp.false_positive_rate())}});
  }
  std::for_each(result.means.begin() + basic, result.means.end(),
                [&](const MeasuredMean& mean) { add_mean(document, mean); });
  if (result.field) {
    add_field(document, *result.field);
  }
  document["per_image"] = to_json(result.images);
}

void add_corrupted(Json& document, const Result& result) {
  if (result.corrupted.empty()) {
    return;
  }
  Json list = Json::array();
  for (const CorruptedMean& one : result.corrupted) {
    list.push_back({{"name", one.name},
                    {"strength", one.strength},
                    {"value", one.value},
                    {"unit", one.unit},
                    {"mean_dice", one.mean_dice},
                    {"mean_iou", one.mean_iou}});
  }
  document["mean_corrupted_dice"] = result.mean_corrupted_dice;
  document["mean_corrupted_iou"] = result.mean_corrupted_iou;
  document["corruptions"] = list;
}

}  // namespace

Json to_json(const std::vector<Failure>& failures) {
  Json list = Json::array();
  for (const Failure& failure : failures) {
    list.push_back({{"image", failure.image}, {"error", failure.error}});
  }
  return list;
}

Json to_json(const ImageValue& value) {
  if (!value.number) {
    return {};
  }
  return value.whole ? Json(static_cast<std::uint64_t>(*value.number)) : Json(*value.number);
}

Json to_json(const std::vector<ImageScore>& images) {
  Json list = Json::array();
  for (const ImageScore& image : images) {
    Json record = {{"image", image.name}};
    for (const ImageValue& value : image_values(image)) {
      record[value.key] = to_json(value);
    }
    list.push_back(std::move(record));
  }
  return list;
}

Json to_json(const std::vector<ComparedMeasure>& measures) {
  Json object = Json::object();
  for (const ComparedMeasure& measure : measures) {
    object[measure.key] = {{"images", measure.images},
                           {"mean", measure.mean},
                           {"other_mean", measure.other_mean},
                           {"difference", measure.difference.mean},
                           {"ci", to_json(measure.difference.interval)},
                           {"wilcoxon_p", measure.difference.wilcoxon_p}};
  }
  return object;
}

Json to_json(const Result& result) {
  Json document;
  add_source(document, result.source);
  add_measures(document, result);
  if (result.calibration) {
    document["calibration"] = to_json(*result.calibration);
  }
  add_corrupted(document, result);
  if (!result.negatives.empty()) {
    Json& list = document["negatives"] = Json::array();
    for (const NegativeScore& score : result.negatives) {
      list.push_back(to_json(score));
    }
  }
  document["failed"] = to_json(result.failed);
  if (result.against) {
    document["against"] = to_json(*result.against);
  }
  return document;
}

Json to_json(const std::vector<Result>& results) {
  Json documents = Json::array();
  for (const Result& result : results) {
    documents.push_back(to_json(result));
  }
  if (results.size() == 1) {
    return documents.front();
  }
  Json means = Json::object();
  for (const Figure& mean : mean_figures(results)) {
    means[mean.key] = number_or_null(mean.number);
  }
  Json document = {
      {"data_sets", documents},
      {"mean", means},
      {"sets_with_polyp", std::count_if(results.begin(), results.end(),
                                        [](const Result& result) { return result.has_polyp(); })}};
  if (const auto froc = pooled_froc(results); !froc.empty()) {
    document["froc"] = to_json(froc);
  }
  return document;
}

}  // namespace bcnet::evaluate
