#include "metrics/wilson.h"

#include <cmath>

namespace bcnet::metrics {

Interval wilson_interval(double share, std::size_t count) {
  constexpr double z = 1.959963984540054;  // the normal distribution's quantile 0.975
  const auto n = static_cast<double>(count);
  const double middle = share + z * z / (2 * n);
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // Exact at the ends, which rounding would miss.
  return {share > 0 ? (middle - half) / scale : 0, share < 1 ? (middle + half) / scale : 1};
}

}  // namespace bcnet::metrics
