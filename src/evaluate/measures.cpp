#include "evaluate/measures.h"

#include <numeric>

#include "metrics/bootstrap.h"

namespace bcnet::evaluate {

namespace {

using metrics::Counts;
using metrics::Curve;
using metrics::PranetScore;

template <double (*measure)(const Counts&)>
std::optional<double> of_counts(const ImageScore& image) {
  return measure(image.counts);
}

template <Curve PranetScore::*curve>
std::optional<double> of_curve(const ImageScore& image) {
  return metrics::curve_mean(image.field->pranet.*curve);
}

template <double PranetScore::*value>
std::optional<double> of_pranet(const ImageScore& image) {
  return image.field->pranet.*value;
}

double polyp_percent(const Counts& c) {
  const auto polyp = static_cast<double>(c.true_positive + c.false_negative);
  return 100 * polyp /
         (polyp + static_cast<double>(c.false_positive) + static_cast<double>(c.true_negative));
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

void add_means(Json& result, const std::vector<Measure>& measures,
               const std::vector<ImageScore>& images, std::uint64_t seed) {
  for (const Measure& measure : measures) {
    std::vector<double> values;
    for (const ImageScore& image : images) {
      if (const auto value = measure.of(image)) {
        values.push_back(*value);
      }
    }
    if (values.empty()) {
      result[measure.key] = Json();
      continue;
    }
    result[measure.key] =
        std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    const metrics::Interval ci = metrics::bootstrap_mean(values, seed);
    result["ci"][measure.key] = {ci.low, ci.high};
  }
}

void add_field_figures(Json& result, const std::vector<ImageScore>& images) {
  std::vector<PranetScore> pranet;
  metrics::LesionCounts lesions;
  std::size_t with_distance = 0;
  for (const ImageScore& image : images) {
    const FieldScore& field = *image.field;
    pranet.push_back(field.pranet);
    lesions.found += field.lesions.found;
    lesions.missed += field.lesions.missed;
    lesions.false_found += field.lesions.false_found;
    with_distance += field.boundary.hd95 ? 1 : 0;
  }
  const auto most = [&](Curve PranetScore::*curve) {
    return metrics::curve_max(metrics::mean_curve(pranet, curve));
  };
  result["maxEm"] = most(&PranetScore::enhanced_alignment);
  result["maxDic"] = most(&PranetScore::dice);
  result["maxIoU"] = most(&PranetScore::iou);
  result["maxSen"] = most(&PranetScore::sensitivity);
  result["maxSpe"] = most(&PranetScore::specificity);
  result["surface_distance_images"] = with_distance;
  result["polyps_found"] = lesions.found;
  result["polyps_missed"] = lesions.missed;
  result["polyps_false"] = lesions.false_found;
  const std::size_t polyps = lesions.found + lesions.missed;
  result["polyp_sensitivity"] =
      polyps > 0 ? Json(static_cast<double>(lesions.found) / static_cast<double>(polyps)) : Json();
}

Json image_json(const ImageScore& image) {
  Json record = {{"image", image.name}, {"polyp_percent", polyp_percent(image.counts)}};
  for (const Measure& measure : basic_measures()) {
    record[measure.image_key] = number_or_null(measure.of(image));
  }
  record["confidence"] = number_or_null(image.confidence);
  if (image.field) {
    for (const Measure& measure : field_measures()) {
      record[measure.image_key] = number_or_null(measure.of(image));
    }
    record["polyps_false"] = image.field->lesions.false_found;  // as a whole number
    record["polyps_found"] = image.field->lesions.found;
    record["polyps_missed"] = image.field->lesions.missed;
  }
  return record;
}

}  // namespace

const std::vector<Measure>& basic_measures() {
  static const std::vector<Measure> measures{
      {"mean_dice", "dice", "mean Dice", of_counts<metrics::dice>},
      {"mean_iou", "iou", "mean IoU", of_counts<metrics::iou>},
      {"precision", "precision", "precision", of_counts<metrics::precision>},
      {"recall", "recall", "recall", of_counts<metrics::recall>},
      {"specificity", "specificity", "specificity", of_counts<metrics::specificity>},
      {"f2", "f2", "F2", of_counts<metrics::f2>},
      {"accuracy", "accuracy", "accuracy", of_counts<metrics::accuracy>},
  };
  return measures;
}

const std::vector<Measure>& field_measures() {
  static const std::vector<Measure> measures{
      {"meanDic", "meanDic", "meanDic", of_curve<&PranetScore::dice>},
      {"meanIoU", "meanIoU", "meanIoU", of_curve<&PranetScore::iou>},
      {"wFm", "wFm", "wFm", of_pranet<&PranetScore::weighted_f>},
      {"Sm", "Sm", "Sm", of_pranet<&PranetScore::structure_measure>},
      {"meanEm", "meanEm", "meanEm", of_curve<&PranetScore::enhanced_alignment>},
      {"MAE", "MAE", "MAE", of_pranet<&PranetScore::mean_absolute_error>},
      {"meanSen", "meanSen", "meanSen", of_curve<&PranetScore::sensitivity>},
      {"meanSpe", "meanSpe", "meanSpe", of_curve<&PranetScore::specificity>},
      {"hd95", "hd95", "95% Hausdorff, pixels",
       [](const ImageScore& image) { return image.field->boundary.hd95; }},
      {"average_surface_distance", "average_surface_distance", "surface distance",
       [](const ImageScore& image) { return image.field->boundary.average_surface_distance; }},
      {"boundary_f", "boundary_f", "boundary F, 2 pixels",
       [](const ImageScore& image) { return std::optional(image.field->boundary.boundary_f); }},
      {"false_positives_per_image", "polyps_false", "false polyps/image",
       [](const ImageScore& image) {
         return std::optional(static_cast<double>(image.field->lesions.false_found));
       }},
  };
  return measures;
}

const std::vector<Figure>& basic_figures() {
  static const std::vector<Figure> figures{{"global_dice", "dataset-wide Dice"},
                                           {"global_iou", "dataset-wide IoU"}};
  return figures;
}

const std::vector<Figure>& field_figures() {
  static const std::vector<Figure> figures{
      {"maxEm", "maxEm"},
      {"maxDic", "maxDic"},
      {"maxIoU", "maxIoU"},
      {"maxSen", "maxSen"},
      {"maxSpe", "maxSpe"},
      {"polyp_sensitivity", "sensitivity per polyp"},
      {"polyps_found", "polyps found"},
      {"polyps_missed", "polyps missed"},
      {"polyps_false", "polyps false"},
  };
  return figures;
}

void add_measures(Json& result, const std::vector<ImageScore>& images, std::uint64_t seed) {
  std::vector<Counts> counts;
  Json per_image = Json::array();
  for (const ImageScore& image : images) {
    counts.push_back(image.counts);
    per_image.push_back(image_json(image));
  }
  const metrics::Summary summary = metrics::summarize(counts);
  result["images"] = summary.images;
  result["ci"] = {{"level", 0.95}};
  add_means(result, basic_measures(), images, seed);
  result["global_dice"] = summary.global_dice;
  result["global_iou"] = summary.global_iou;
  if (images.front().field) {
    add_means(result, field_measures(), images, seed);
    add_field_figures(result, images);
  }
  result["per_image"] = per_image;
}

}  // namespace bcnet::evaluate
