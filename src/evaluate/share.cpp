#include "evaluate/share.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "core/error.h"

namespace bcnet::evaluate {

namespace {

using metrics::Curve;
using metrics::PranetScore;

Json to_json(const metrics::Counts& counts) {
  return {counts.true_positive, counts.false_positive, counts.false_negative, counts.true_negative};
}

metrics::Counts counts_of(const Json& json) {
  return {json.at(0), json.at(1), json.at(2), json.at(3)};
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::optional<double> number_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

Json to_json(const FieldScore& field) {
  const PranetScore& pranet = field.pranet;
  return {{"curves",
           {pranet.dice, pranet.iou, pranet.sensitivity, pranet.specificity,
            pranet.enhanced_alignment}},
          {"structure", pranet.structure_measure},
          {"weighted_f", pranet.weighted_f},
          {"error", pranet.mean_absolute_error},
          {"boundary",
           {number_or_null(field.boundary.hd95),
            number_or_null(field.boundary.average_surface_distance), field.boundary.boundary_f}},
          {"false_polyps", field.false_polyps}};
}

FieldScore field_of(const Json& json) {
  FieldScore field;
  PranetScore& pranet = field.pranet;
  std::size_t at = 0;
  for (Curve* curve : {&pranet.dice, &pranet.iou, &pranet.sensitivity, &pranet.specificity,
                       &pranet.enhanced_alignment}) {
    *curve = json.at("curves").at(at++).get<Curve>();
  }
  pranet.structure_measure = json.at("structure");
  pranet.weighted_f = json.at("weighted_f");
  pranet.mean_absolute_error = json.at("error");
  const Json& boundary = json.at("boundary");
  field.boundary.hd95 = number_of(boundary.at(0));
  field.boundary.average_surface_distance = number_of(boundary.at(1));
  field.boundary.boundary_f = boundary.at(2);
  field.false_polyps = json.at("false_polyps");
  return field;
}

Json to_json(const ImageScore& image) {
  Json json = {{"counts", to_json(image.counts)},
               {"confidence", number_or_null(image.confidence)},
               {"polyps", Json::array()}};
  for (const metrics::Lesion& polyp : image.polyps) {
    json["polyps"].push_back({polyp.pixels, polyp.met});
  }
  if (!image.group.empty()) {
    json["group"] = image.group;
  }
  if (image.field) {
    json["field"] = to_json(*image.field);
  }
  if (image.detections) {
    json["detections"] = {image.detections->polyps, image.detections->true_findings,
                          image.detections->false_findings};
  }
  if (image.reliability) {
    json["reliability"] = image.reliability->numbers();
  }
  return json;
}

ImageScore image_of(const Json& json, const std::string& name) {
  ImageScore image;
  image.name = name;
  image.counts = counts_of(json.at("counts"));
  image.confidence = number_of(json.at("confidence"));
  for (const Json& polyp : json.at("polyps")) {
    image.polyps.push_back({polyp.at(0), polyp.at(1)});
  }
  image.group = json.value("group", "");
  if (json.contains("field")) {
    image.field = field_of(json["field"]);
  }
  if (json.contains("detections")) {
    image.detections = {json["detections"].at(0).get<std::vector<double>>(),
                        json["detections"].at(1).get<std::vector<double>>(),
                        json["detections"].at(2).get<std::vector<double>>()};
  }
  if (json.contains("reliability")) {
    image.reliability =
        metrics::Reliability::of_numbers(json["reliability"].get<std::vector<double>>());
  }
  return image;
}

Source source_of(const Json& json) {
  Source source;
  source.data = json.at("data");
  source.split = json.at("split");
  source.seed = json.at("seed");
  parse_mask_values(json.at("mask_values").get<std::string>(), source.masks);
  source.masks.ignore = number_of(json.at("ignore_value"));
  source.threshold = json.at("threshold");
  if (json.contains("model")) {
    source.model.emplace();
    source.model->file = json["model"];
    source.model->engine = json.at("engine");
    source.model->temperature = json.at("temperature");
    source.model->threshold = static_cast<float>(source.threshold);
  } else {
    source.predictions = json.at("predictions");
    source.prediction_values = json.at("prediction_values");
    source.unused_predictions = json.at("unused_predictions");
  }
  return source;
}

/// What the lines of one data set come to.
struct Merged {
  Source source;
  Evaluation evaluation;
};

void take(const Json& line, Merged& merged) {
  const std::string name = line.at("image");
  Evaluation& evaluation = merged.evaluation;
  for (const Json& error : line.value("failed", Json::array())) {
    evaluation.failed.push_back({name, error});
  }
  if (!line.contains("score")) {
    return;
  }
  evaluation.images.push_back(image_of(line["score"], name));
  if (const auto& reliability = evaluation.images.back().reliability) {
    evaluation.reliability.add(*reliability);
  }
  for (std::size_t i = 0; i < evaluation.corrupted.size(); ++i) {
    evaluation.corrupted[i].counts.push_back(counts_of(line.at("corrupted").at(i)));
  }
  if (line.contains("uniform")) {
    merged.source.uniform_predictions.push_back({name, line["uniform"]});
  }
  merged.source.resized_predictions += line.value("resized", false) ? 1 : 0;
}

}  // namespace

Json source_json(const Source& source) {
  Json json = {{"data", source.data},
               {"split", source.split},
               {"seed", source.seed},
               {"mask_values", mask_values_text(source.masks)},
               {"ignore_value", number_or_null(source.masks.ignore)},
               {"threshold", source.threshold}};
  if (source.model) {
    json["model"] = source.model->file;
    json["engine"] = source.model->engine;
    json["temperature"] = source.model->temperature;
  } else {
    json["predictions"] = source.predictions;
    json["prediction_values"] = source.prediction_values;
    json["unused_predictions"] = source.unused_predictions;
  }
  return json;
}

void add_lines(ShardFile& file, std::size_t list, const MeasuredShare& share,
               const std::vector<std::string>& resized) {
  const Evaluation& evaluation = share.evaluation;
  std::map<std::string, std::size_t> measured;
  for (std::size_t i = 0; i < evaluation.images.size(); ++i) {
    measured[evaluation.images[i].name] = i;
  }
  std::map<std::string, Json> failed;
  for (const Failure& failure : evaluation.failed) {
    failed.try_emplace(failure.image, Json::array()).first->second.push_back(failure.error);
  }
  std::map<std::string, double> uniform;
  for (const UniformPrediction& prediction : share.source.uniform_predictions) {
    uniform[prediction.image] = prediction.value;
  }
  const std::set<std::string> resized_images(resized.begin(), resized.end());
  for (const data::Sample& sample : share.samples) {
    Json line = {{"image", sample.name}};
    if (const auto found = measured.find(sample.name); found != measured.end()) {
      line["score"] = to_json(evaluation.images[found->second]);
      for (const CorruptionScore& score : evaluation.corrupted) {
        line["corrupted"].push_back(to_json(score.counts.at(found->second)));
      }
    }
    if (const auto found = failed.find(sample.name); found != failed.end()) {
      line["failed"] = found->second;
    }
    if (const auto found = uniform.find(sample.name); found != uniform.end()) {
      line["uniform"] = found->second;
    }
    if (resized_images.count(sample.name) > 0) {
      line["resized"] = true;
    }
    file.add({list, sample.place}, line);
  }
}

std::vector<Result> merged_results(MergedShards& shards,
                                   const std::vector<Corruption>& corruptions) {
  std::vector<Result> results;
  try {
    std::vector<Merged> all;
    for (const Json& source : shards.first().at("sources")) {
      all.push_back({source_of(source), {}});
      for (const Corruption& corruption : corruptions) {
        for (int strength = 1; strength <= corruption_strengths; ++strength) {
          all.back().evaluation.corrupted.push_back({corruption, strength, {}});
        }
      }
    }
    while (const auto line = shards.next()) {
      take(line->json, all.at(line->at.list));
    }
    for (Merged& one : all) {
      if (one.evaluation.images.empty()) {
        throw Error(ErrorKind::data, one.source.data + ": none of its images could be measured");
      }
      results.push_back(make_result(std::move(one.source), std::move(one.evaluation), {}));
    }
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::data, fmt::format("the shares are damaged: {}", error.what()));
  } catch (const std::out_of_range&) {
    throw Error(ErrorKind::data, "the shares are damaged: a line has too few numbers");
  }
  return results;
}

}  // namespace bcnet::evaluate
