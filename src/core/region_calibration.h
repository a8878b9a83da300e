#pragma once

namespace bcnet {

/// How likely a region is a polyp, from the mean probability of its pixels, which says how sure the
/// network is of each of them: Platt scaling (Platt 1999, "Probabilistic outputs for support vector
/// machines"), sigmoid(slope · logit(mean) + intercept). Slope 1 and intercept 0, the default,
/// leave the mean as it is.
struct RegionCalibration {
  float slope = 1.0F;  ///< above 0: the order of regions stays
  float intercept = 0.0F;

  /// mean and result are in [0,1].
  double operator()(double mean) const;
};

/// Of a mean probability in [0,1], kept off both ends so that it is finite.
double region_logit(double mean);

}  // namespace bcnet
