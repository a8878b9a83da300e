#include "metrics/mean.h"

#include <numeric>

namespace bcnet::metrics {

double mean(const std::vector<double>& values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

}  // namespace bcnet::metrics
