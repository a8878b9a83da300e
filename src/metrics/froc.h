#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/region_calibration.h"
#include "metrics/views.h"

namespace bcnet::metrics {

/// What was found in an image and what is there, each with the confidence that decides whether it
/// is shown. Pieces are 8-connected and match where they share a pixel, as in match_lesions.
struct Detections {
  /// For each polyp of the truth the highest confidence of a finding on it; -1: none is on it.
  std::vector<double> polyps;
  std::vector<double> true_findings;   ///< the confidence of each finding on a polyp
  std::vector<double> false_findings;  ///< and of each on none
};

/// Findings are the pieces of probability >= threshold, their confidence that of the mean
/// probability inside. probability: width x height of truth, row by row, in [0,1].
Detections match_findings(const float* probability, float threshold, const MaskView& truth,
                          const RegionCalibration& calibration = {});

/// What is found and what is shown falsely where only findings of at least that confidence are
/// shown. (Free-response receiver operating characteristic: Bunch et al., SPIE 1977; per image as
/// in Chakraborty, Medical Physics 1989.)
struct FrocPoint {
  double confidence = 0;
  std::optional<double> sensitivity;  ///< share of the polyps that a finding lies on; none without
  double false_findings_per_image = 0;  ///< over all images
  std::optional<double>
      false_positive_rate;  ///< share of the images without a polyp with a finding
};

/// A point at each of 0, 0.05, ... 0.95. Empty where there are no images.
std::vector<FrocPoint> froc_curve(const std::vector<Detections>& images);

}  // namespace bcnet::metrics
