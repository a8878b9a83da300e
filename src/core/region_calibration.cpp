#include "core/region_calibration.h"

#include <algorithm>
#include <cmath>

namespace bcnet {

double RegionCalibration::operator()(double mean) const {
  if (slope == 1.0F && intercept == 0.0F) {
    return mean;
  }
  constexpr double least = 1e-6;  // no logit is infinite
  const double inside = std::clamp(mean, least, 1 - least);
  return 1 / (1 + std::exp(-(slope * std::log(inside / (1 - inside)) + intercept)));
}

}  // namespace bcnet
