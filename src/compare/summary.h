#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/against.h"
#include "metrics/bootstrap.h"

namespace bcnet::compare {

/// One measure of a side over the images of all of its runs.
struct SummaryMean {
  const char* key;        ///< as evaluate::Measure has it
  const char* image_key;  ///< as evaluate::Measure has it
  const char* label;      ///< for people
  double mean = 0;
  metrics::Interval interval{};       ///< 95%, bootstrapped over the images
  std::optional<double> deviation{};  ///< standard deviation (n - 1) of the runs' own means
};

/// One side's runs as one.
struct Summary {
  SummaryMean dice{"mean_dice", "dice", "Dice"};
  SummaryMean iou{"mean_iou", "iou", "IoU"};
  SummaryMean boundary_f{"boundary_f", "boundary_f", "boundary F"};
  std::vector<evaluate::ComparableImage> images;  ///< sorted by name, with these three measures

  std::vector<const SummaryMean*> measures() const { return {&dice, &iou, &boundary_f}; }
};

/// An image that several runs measured (seeds) counts once, with its mean; images that each run has
/// of its own (folds) are pooled. One run has no deviation. runs: the images of each
/// (evaluate::comparable_images), measured with all metrics; not empty.
Summary summarize_runs(const std::vector<std::vector<evaluate::ComparableImage>>& runs,
                       std::uint64_t seed);

/// How one summary differs from another, image by image, by measure.
std::vector<evaluate::ComparedMeasure> compare_summaries(const Summary& summary,
                                                         const Summary& first, std::uint64_t seed);

}  // namespace bcnet::compare
