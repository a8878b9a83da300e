#include "metrics/bootstrap.h"

#include <algorithm>
#include <cstddef>

#include "core/random.h"
#include "metrics/quantile.h"

namespace bcnet::metrics {
Interval bootstrap_mean(const std::vector<double>& values, std::uint64_t seed, int resamples,
                        double level) {
  if (values.empty()) {
    return {};
  }
  SplitMix64 random(seed);
  std::vector<double> means(static_cast<std::size_t>(resamples));
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += values[random.below(values.size())];
    }
    mean = sum / static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  const double tail = (1 - level) / 2;
  return {quantile(means, tail), quantile(means, 1 - tail)};
}

}  // namespace bcnet::metrics
