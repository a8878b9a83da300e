#include "bench/spread.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace bcnet::bench {

namespace {

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  if (values.empty()) {
    throw Error(ErrorKind::usage, "bench: nothing was measured");
  }
  std::sort(values.begin(), values.end());
  Spread spread;
  spread.median = quantile(values, 0.5);
  spread.low = quantile(values, 0.1);
  spread.high = quantile(values, 0.9);
  spread.least = values.front();
  spread.most = values.back();
  spread.mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  return spread;
}

Json to_json(const Spread& spread, double factor) {
  return {{"median", spread.median * factor}, {"mean", spread.mean * factor},
          {"low", spread.low * factor},       {"high", spread.high * factor},
          {"least", spread.least * factor},   {"most", spread.most * factor}};
}

}  // namespace bcnet::bench
