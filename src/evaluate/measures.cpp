#include "evaluate/measures.h"

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

}  // namespace

const std::vector<Measure>& basic_measures() {
  static const std::vector<Measure> measures{
      {"mean_dice", "dice", "mean Dice", of_counts<metrics::dice>},
      {"mean_iou", "iou", "mean IoU", of_counts<metrics::iou>},
      {"precision", "precision", "precision", of_counts<metrics::precision>},
      {"recall", "recall", "recall", of_counts<metrics::recall>},
      {"specificity", "specificity", "specificity", of_counts<metrics::specificity>, false},
      {"f2", "f2", "F2", of_counts<metrics::f2>},
      {"accuracy", "accuracy", "accuracy", of_counts<metrics::accuracy>, false},
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
      {"MAE", "MAE", "MAE", of_pranet<&PranetScore::mean_absolute_error>, false},
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
         return std::optional(static_cast<double>(image.field->false_polyps));
       },
       false, true},
  };
  return measures;
}

double percent_of(const ImageScore& image, std::size_t pixels) {
  const Counts& c = image.counts;
  const auto all = c.true_positive + c.false_negative + c.false_positive + c.true_negative;
  return 100 * static_cast<double>(pixels) / static_cast<double>(all);
}

double polyp_percent(const ImageScore& image) {
  return percent_of(image, image.counts.true_positive + image.counts.false_negative);
}

std::vector<ImageValue> image_values(const ImageScore& image) {
  std::vector<ImageValue> values{{"polyp_percent", polyp_percent(image)}};
  for (const Measure& measure : basic_measures()) {
    values.push_back({measure.image_key, measure.of(image)});
  }
  values.push_back({"confidence", image.confidence});
  if (image.field) {
    for (const Measure& measure : field_measures()) {
      values.push_back({measure.image_key, measure.of(image), measure.counts});
    }
    const std::size_t found = metrics::count_met(image.polyps);
    values.push_back({"polyps_found", static_cast<double>(found), true});
    values.push_back({"polyps_missed", static_cast<double>(image.polyps.size() - found), true});
  }
  return values;
}

}  // namespace bcnet::evaluate
