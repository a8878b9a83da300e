#include "metrics/enhanced_alignment.h"

#include <algorithm>
#include <limits>

namespace bcnet::metrics {
namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();

/// What one pixel adds; both values are without the mean of their mask.
double pixel(double prediction, double truth) {
  const double alignment = 2 * prediction * truth / (prediction * prediction + truth * truth + eps);
  return (alignment + 1) * (alignment + 1) / 4;
}

}  // namespace

double enhanced_alignment(const Counts& c) {
  const auto tp = static_cast<double>(c.true_positive);
  const auto fp = static_cast<double>(c.false_positive);
  const auto fn = static_cast<double>(c.false_negative);
  const auto tn = static_cast<double>(c.true_negative);
  const double all = tp + fp + fn + tn;
  double sum = 0;
  if (tp + fn == 0) {
    sum = tn;
  } else if (fp + tn == 0) {
    sum = tp;
  } else {
    // There are four kinds of pixels alone.
    const double p = (tp + fp) / all;
    const double t = (tp + fn) / all;
    sum = tp * pixel(1 - p, 1 - t) + fp * pixel(1 - p, -t) + fn * pixel(-p, 1 - t) +
          tn * pixel(-p, -t);
  }
  return sum / std::max(all - 1, 1.0);  // of a single pixel 1 / 0 otherwise
}

}  // namespace bcnet::metrics
