#include "evaluate/json.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "evaluate/figures.h"

namespace bcnet::evaluate {

namespace {

constexpr double interval_level = 0.95;

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json to_json(const metrics::Interval& interval) { return {interval.low, interval.high}; }

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
  document["polyps_found"] = field.polyps.found;
  document["polyps_missed"] = field.polyps.missed;
  document["polyps_false"] = field.polyps.false_found;
  document["polyp_sensitivity"] = number_or_null(field.polyp_sensitivity);
}

void add_measures(Json& document, const Result& result) {
  document["images"] = result.images.size();
  document["ci"] = {{"level", interval_level}};
  const auto basic = static_cast<std::ptrdiff_t>(basic_measures().size());
  std::for_each(result.means.begin(), result.means.begin() + basic,
                [&](const MeasuredMean& mean) { add_mean(document, mean); });
  document["global_dice"] = result.global_dice;
  document["global_iou"] = result.global_iou;
  document["images_without_polyp"] = result.without_polyp.images;
  document["false_positive_rate"] = number_or_null(result.without_polyp.false_positive_rate());
  for (const metrics::FrocPoint& point : result.froc) {
    document["froc"].push_back(
        {{"confidence", point.confidence},
         {"sensitivity", point.sensitivity},
         {"false_findings_per_image", point.false_findings_per_image},
         {"false_positive_rate", number_or_null(point.false_positive_rate)}});
  }
  for (const GroupMean& group : result.groups) {
    document["groups"].push_back({{"group", group.group},
                                  {"images", group.images},
                                  {"mean_dice", group.mean_dice},
                                  {"mean_iou", group.mean_iou}});
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
    means[mean.key] = *mean.number;
  }
  return {{"data_sets", documents}, {"mean", means}};
}

}  // namespace bcnet::evaluate
