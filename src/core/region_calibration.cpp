#include "core/region_calibration.h"

#include <algorithm>
#include <cmath>

namespace bcnet {

double RegionCalibration::operator()(double mean) const {
  if (slope == 1.0F && intercept == 0.0F) {
    return mean;
  }
  return 1 / (1 + std::exp(-(slope * region_logit(mean) + intercept)));
}

double region_logit(double mean) {
  constexpr double least = 1e-6;
  const double inside = std::clamp(mean, least, 1 - least);
  return std::log(inside / (1 - inside));
}

}  // namespace bcnet
