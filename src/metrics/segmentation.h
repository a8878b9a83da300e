#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bcnet::metrics {

/// Pixels of one image, or of many together, by prediction and truth.
struct Counts {
  std::uint64_t true_positive = 0;
  std::uint64_t false_positive = 0;
  std::uint64_t false_negative = 0;
  std::uint64_t true_negative = 0;

  Counts& operator+=(const Counts& other);
};

/// Counts two masks of size pixels each; foreground is not 0.
Counts count_pixels(const std::uint8_t* prediction, const std::uint8_t* truth, std::size_t size);

/// The same without the pixels where ignored is not 0; null: there are none.
Counts count_pixels(const std::uint8_t* prediction, const std::uint8_t* truth,
                    const std::uint8_t* ignored, std::size_t size);

// The measures, each (x + 1e-6) / (y + 1e-6) as the field writes Dice and IoU: a measure
// with nothing to count (an empty prediction of an empty mask) is 1.

/// 2TP / (2TP + FP + FN)
double dice(const Counts& counts);
/// TP / (TP + FP + FN)
double iou(const Counts& counts);
/// TP / (TP + FP)
double precision(const Counts& counts);
/// TP / (TP + FN), also called sensitivity
double recall(const Counts& counts);
/// TN / (TN + FP)
double specificity(const Counts& counts);
/// 5TP / (5TP + 4FN + FP): the F-measure in which recall counts twice as much as precision
double f2(const Counts& counts);
/// (TP + TN) / all
double accuracy(const Counts& counts);

/// A data set's measures: means over its images, and those of all pixels counted together.
struct Summary {
  std::size_t images = 0;
  double mean_dice = 0;
  double mean_iou = 0;
  double global_dice = 0;
  double global_iou = 0;
};

/// All zero for no images.
Summary summarize(const std::vector<Counts>& images);

}  // namespace bcnet::metrics
