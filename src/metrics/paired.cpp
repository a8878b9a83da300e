#include "metrics/paired.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace bcnet::metrics {
namespace {

double wilcoxon_p(std::vector<double> differences) {
  differences.erase(std::remove(differences.begin(), differences.end(), 0.0), differences.end());
  if (differences.empty()) {
    return 1;
  }
  std::sort(differences.begin(), differences.end(),
            [](double a, double b) { return std::abs(a) < std::abs(b); });
  double positive = 0, ties = 0;
  for (std::size_t first = 0, last = 0; first < differences.size(); first = last) {
    while (last < differences.size() &&
           std::abs(differences[last]) == std::abs(differences[first])) {
      ++last;
    }
    const auto equal = static_cast<double>(last - first);
    const double rank = static_cast<double>(first + 1 + last) / 2;
    ties += equal * equal * equal - equal;
    for (std::size_t i = first; i < last; ++i) {
      positive += differences[i] > 0 ? rank : 0;
    }
  }
  const auto n = static_cast<double>(differences.size());
  const double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
  return std::erfc(std::abs(positive - n * (n + 1) / 4) / std::sqrt(2 * variance));
}

}  // namespace

PairedDifference compare_paired(const std::vector<double>& first, const std::vector<double>& second,
                                std::uint64_t seed) {
  std::vector<double> differences(first.size());
  std::transform(first.begin(), first.end(), second.begin(), differences.begin(), std::minus<>());
  PairedDifference result;
  if (!differences.empty()) {
    result.mean = std::accumulate(differences.begin(), differences.end(), 0.0) /
                  static_cast<double>(differences.size());
  }
  result.interval = bootstrap_mean(differences, seed);
  result.wilcoxon_p = wilcoxon_p(differences);
  return result;
}

}  // namespace bcnet::metrics
