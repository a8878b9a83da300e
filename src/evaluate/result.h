#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "evaluate/against.h"
#include "evaluate/images.h"
#include "evaluate/measures.h"
#include "evaluate/negatives.h"
#include "evaluate/polyp_sizes.h"
#include "evaluate/predictions.h"
#include "image/mask_reading.h"
#include "metrics/bootstrap.h"
#include "metrics/calibration.h"
#include "metrics/froc.h"

namespace bcnet::evaluate {

/// What was measured, and on what.
struct Source {
  std::string data;
  std::string split;
  std::uint64_t seed = 0;  ///< of the bootstrap
  MaskReading masks;       ///< how the masks were read
  double threshold = 0.5;
  std::optional<ModelInfo> model;  ///< none where a folder of predictions is measured:
  std::string predictions;         ///< that folder
  std::string prediction_values;   ///< how its integers were read: maps, masks, labels, floats
  std::size_t unused_predictions = 0;
  std::size_t resized_predictions = 0;
  std::vector<UniformPrediction> uniform_predictions;
};

/// A measure's mean over the images that have it.
struct Mean {
  double value = 0;
  metrics::Interval interval;  ///< 95%, bootstrapped over the images
};

struct MeasuredMean {
  const Measure* measure = nullptr;
  std::optional<Mean> mean;  ///< none where no image has such a value
};

/// Of the whole data set, and no means of its images: what `--metrics all` adds.
struct FieldFigures {
  double max_enhanced_alignment = 0;  ///< of the mean curve, as the other four
  double max_dice = 0;
  double max_iou = 0;
  double max_sensitivity = 0;
  double max_specificity = 0;
  std::size_t surface_distance_images = 0;  ///< images that have an outline on both sides
  std::size_t false_polyps = 0;             ///< predicted pieces on no polyp
};

/// How the mean probability in a predicted mask compares with what the mask is worth: means over
/// the images in which anything was found.
struct MaskCalibration {
  std::size_t images = 0;
  double mean_confidence = 0;
  double mean_precision = 0;
  double mean_iou = 0;
  double precision_error = 0;  ///< mean |confidence - precision|
  double iou_error = 0;
};

struct Calibration {
  float temperature = 1;
  metrics::Reliability reliability;
  MaskCalibration masks;
};

/// All images under one corruption.
struct CorruptedMean {
  std::string name;
  int strength = 1;
  double value = 0;  ///< of the strength, in unit
  std::string unit;
  double mean_dice = 0;
  double mean_iou = 0;
};

/// Images whose mask is empty: anything found there is false.
struct WithoutPolyp {
  std::size_t images = 0;
  std::size_t with_finding = 0;

  std::optional<double> false_positive_rate() const;  ///< none without such images
  std::optional<metrics::Interval> interval() const;  ///< of that, Wilson's
};

/// Means over the images of one group of a manifest.
struct GroupMean {
  std::string group;
  std::size_t images = 0;
  double mean_dice = 0;
  double mean_iou = 0;
  WithoutPolyp without_polyp = {};

  bool has_polyp() const { return without_polyp.images < images; }
};

/// All that was measured on one data set. What is shown or written of it (figures.h, json.h,
/// csv.h, page.h) is read from here.
struct Result {
  Source source;
  std::vector<ImageScore> images;   ///< not empty; either all of them have a field or none
  std::vector<MeasuredMean> means;  ///< in the order of measures.h
  double global_dice = 0;           ///< of all pixels of the data set
  double global_iou = 0;
  WithoutPolyp without_polyp;
  PolypsFound polyps;
  std::vector<metrics::FrocPoint> froc;  ///< of a model
  std::vector<GroupMean> groups;         ///< by name; empty where the data have none
  std::optional<FieldFigures> field;
  std::optional<Calibration> calibration;  ///< of a model
  std::vector<CorruptedMean> corrupted;    ///< corruption_strengths in a row of each corruption
  double mean_corrupted_dice = 0;          ///< over all of them
  double mean_corrupted_iou = 0;
  std::vector<NegativeScore> negatives;
  std::vector<Failure> failed;
  std::optional<Against> against;

  /// Whether any image shows one: Dice and the other measures of_polyps say nothing otherwise.
  bool has_polyp() const { return without_polyp.images < images.size(); }
};

/// The curve over the images of all results; empty for predictions.
std::vector<metrics::FrocPoint> pooled_froc(const std::vector<Result>& results);

/// Computes every figure. evaluation.images is not empty.
Result make_result(Source source, Evaluation evaluation, std::vector<NegativeScore> negatives);

}  // namespace bcnet::evaluate
