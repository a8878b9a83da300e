#pragma once

#include <cstdint>
#include <vector>

#include "metrics/bootstrap.h"

namespace bcnet::metrics {

/// How two results on the same images differ.
struct PairedDifference {
  double mean = 0;    ///< of first - second
  Interval interval;  ///< 95%, bootstrapped over the images
  /// Two-sided p of Wilcoxon's signed-rank test: equal values are left out, ties share their
  /// rank, the normal approximation without continuity correction; rough below ten differing
  /// images. 1 where no image differs.
  double wilcoxon_p = 1;
};

/// Values of the same images in the same order, equally many. Seed: of the bootstrap.
/// (F. Wilcoxon: "Individual comparisons by ranking methods", 1945.)
PairedDifference compare_paired(const std::vector<double>& first, const std::vector<double>& second,
                                std::uint64_t seed = 0);

}  // namespace bcnet::metrics
