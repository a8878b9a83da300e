#include "metrics/bootstrap.h"

#include <algorithm>
#include <cstddef>

#include "core/random.h"
#include "metrics/quantile.h"

namespace bcnet::metrics {
namespace {

/// resample: a draw's statistic.
template <typename Resample>
Interval percentiles(int resamples, double level, const Resample& resample) {
  std::vector<double> drawn(static_cast<std::size_t>(resamples));
  std::generate(drawn.begin(), drawn.end(), resample);
  std::sort(drawn.begin(), drawn.end());
  const double tail = (1 - level) / 2;
  return {quantile(drawn, tail), quantile(drawn, 1 - tail)};
}

}  // namespace

Interval bootstrap_mean(const std::vector<double>& values, std::uint64_t seed, int resamples,
                        double level) {
  if (values.empty()) {
    return {};
  }
  SplitMix64 random(seed);
  return percentiles(resamples, level, [&] {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += values[random.below(values.size())];
    }
    return sum / static_cast<double>(values.size());
  });
}

Interval bootstrap_ratio(const std::vector<Share>& shares, std::uint64_t seed, int resamples,
                         double level) {
  if (shares.empty()) {
    return {};
  }
  SplitMix64 random(seed);
  return percentiles(resamples, level, [&] {
    Share sum{0, 0};
    for (std::size_t i = 0; i < shares.size(); ++i) {
      const Share& share = shares[random.below(shares.size())];
      sum.part += share.part;
      sum.whole += share.whole;
    }
    return sum.part / sum.whole;
  });
}

}  // namespace bcnet::metrics
