#include "evaluate/result.h"

#include <cmath>
#include <map>
#include <utility>

#include "metrics/mean.h"
#include "metrics/wilson.h"

namespace bcnet::evaluate {

namespace {

using metrics::Curve;
using metrics::PranetScore;

void add_means(Result& result, const std::vector<Measure>& measures) {
  for (const Measure& measure : measures) {
    std::vector<double> values;
    for (const ImageScore& image : result.images) {
      if (const auto value = measure.of(image)) {
        values.push_back(*value);
      }
    }
    MeasuredMean measured{&measure, {}};
    if (!values.empty()) {
      measured.mean = {metrics::mean(values), metrics::bootstrap_mean(values, result.source.seed)};
    }
    result.means.push_back(measured);
  }
}

FieldFigures field_figures(const std::vector<ImageScore>& images) {
  FieldFigures figures;
  std::vector<PranetScore> pranet;
  for (const ImageScore& image : images) {
    const FieldScore& field = *image.field;
    pranet.push_back(field.pranet);
    figures.false_polyps += field.false_polyps;
    figures.surface_distance_images += field.boundary.hd95 ? 1 : 0;
  }
  const auto most = [&](Curve PranetScore::*curve) {
    return metrics::curve_max(metrics::mean_curve(pranet, curve));
  };
  figures.max_enhanced_alignment = most(&PranetScore::enhanced_alignment);
  figures.max_dice = most(&PranetScore::dice);
  figures.max_iou = most(&PranetScore::iou);
  figures.max_sensitivity = most(&PranetScore::sensitivity);
  figures.max_specificity = most(&PranetScore::specificity);
  return figures;
}

WithoutPolyp without_polyp(const std::vector<metrics::Counts>& images) {
  WithoutPolyp result;
  for (const metrics::Counts& counts : images) {
    if (counts.true_positive + counts.false_negative == 0) {
      ++result.images;
      result.with_finding += counts.false_positive > 0 ? 1 : 0;
    }
  }
  return result;
}

std::vector<GroupMean> group_means(const std::vector<ImageScore>& images) {
  std::map<std::string, std::vector<metrics::Counts>> by_group;
  for (const ImageScore& image : images) {
    if (!image.group.empty()) {
      by_group[image.group].push_back(image.counts);
    }
  }
  std::vector<GroupMean> means;
  for (const auto& [group, counts] : by_group) {
    const metrics::Summary summary = metrics::summarize(counts);
    means.push_back(
        {group, counts.size(), summary.mean_dice, summary.mean_iou, without_polyp(counts)});
  }
  return means;
}

void add_detections(const std::vector<ImageScore>& images,
                    std::vector<metrics::Detections>& detections) {
  for (const ImageScore& image : images) {
    if (image.detections) {
      detections.push_back(*image.detections);
    }
  }
}

MaskCalibration mask_calibration(const std::vector<ImageScore>& images) {
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
  return {confidence.size(),  metrics::mean(confidence),      metrics::mean(precision),
          metrics::mean(iou), metrics::mean(precision_error), metrics::mean(iou_error)};
}

void add_corrupted(Result& result, const std::vector<CorruptionScore>& scores) {
  std::vector<double> dice, iou;
  for (const CorruptionScore& score : scores) {
    const metrics::Summary summary = metrics::summarize(score.counts);
    const Corruption& corruption = score.corruption;
    dice.push_back(summary.mean_dice);
    iou.push_back(summary.mean_iou);
    result.corrupted.push_back({corruption.name, score.strength,
                                corruption.values.at(static_cast<std::size_t>(score.strength) - 1),
                                corruption.unit, summary.mean_dice, summary.mean_iou});
  }
  result.mean_corrupted_dice = metrics::mean(dice);
  result.mean_corrupted_iou = metrics::mean(iou);
}

}  // namespace

std::optional<double> WithoutPolyp::false_positive_rate() const {
  return images == 0
             ? std::nullopt
             : std::optional(static_cast<double>(with_finding) / static_cast<double>(images));
}

std::optional<metrics::Interval> WithoutPolyp::interval() const {
  const auto rate = false_positive_rate();
  return rate ? std::optional(metrics::wilson_interval(*rate, images)) : std::nullopt;
}

std::vector<metrics::FrocPoint> pooled_froc(const std::vector<Result>& results) {
  std::vector<metrics::Detections> detections;
  for (const Result& result : results) {
    add_detections(result.images, detections);
  }
  return metrics::froc_curve(detections);
}

Result make_result(Source source, Evaluation evaluation, std::vector<NegativeScore> negatives) {
  Result result;
  result.source = std::move(source);
  result.images = std::move(evaluation.images);
  result.negatives = std::move(negatives);
  result.failed = std::move(evaluation.failed);
  std::vector<metrics::Counts> counts;
  for (const ImageScore& image : result.images) {
    counts.push_back(image.counts);
  }
  const metrics::Summary summary = metrics::summarize(counts);
  result.global_dice = summary.global_dice;
  result.global_iou = summary.global_iou;
  result.without_polyp = without_polyp(counts);
  result.polyps = polyps_found(result.images, result.source.seed);
  std::vector<metrics::Detections> detections;
  add_detections(result.images, detections);
  result.froc = metrics::froc_curve(detections);
  result.groups = group_means(result.images);
  add_means(result, basic_measures());
  if (result.images.front().field) {
    add_means(result, field_measures());
    result.field = field_figures(result.images);
  }
  if (result.source.model) {
    result.calibration = {result.source.model->temperature, std::move(evaluation.reliability),
                          mask_calibration(result.images)};
  }
  add_corrupted(result, evaluation.corrupted);
  return result;
}

}  // namespace bcnet::evaluate
