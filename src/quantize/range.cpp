#include "quantize/range.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace bcnet::quantize {

namespace {

constexpr double levels = 255;

Range percentile(const Histogram& seen) {
  const double beyond = 5e-5 * static_cast<double>(seen.total());
  const auto& counts = seen.counts();
  const auto edge = [&](auto first, auto last) {
    double passed = 0;
    for (auto bin = first; bin != last; ++bin) {
      passed += static_cast<double>(*bin);
      if (passed > beyond) {
        return static_cast<double>(bin - first);
      }
    }
    return 0.0;
  };
  const double width = (static_cast<double>(seen.high()) - seen.low()) / Histogram::bins;
  return {static_cast<float>(seen.low() + width * edge(counts.begin(), counts.end())),
          static_cast<float>(seen.high() - width * edge(counts.rbegin(), counts.rend()))};
}

/// Σ count · (value − stored value)²
double squared_error(const Histogram& seen, const Range& range) {
  const Affine affine = affine_of(range);
  double sum = 0;
  for (std::size_t bin = 0; bin < Histogram::bins; ++bin) {
    if (seen.counts()[bin] == 0) {
      continue;
    }
    const double value = seen.center(bin);
    const double stored =
        std::clamp(std::nearbyint(value / affine.scale) + affine.zero_point, 0.0, levels);
    const double error = value - affine.scale * (stored - affine.zero_point);
    sum += static_cast<double>(seen.counts()[bin]) * error * error;
  }
  return sum;
}

/// KL(p‖q): p are the values with those beyond the range moved to its ends, q what is left of
/// them when each of the 256 steps spreads its share evenly over the bins that it had.
double divergence(const Histogram& seen, const Range& range) {
  const Affine affine = affine_of(range);
  const auto step_of = [&](std::size_t bin) {
    return static_cast<std::size_t>(std::clamp(
        std::nearbyint(seen.center(bin) / affine.scale) + affine.zero_point, 0.0, levels));
  };
  const auto inside = [&](std::size_t bin) {
    const double value = seen.center(bin);
    return value >= range.low && value <= range.high;
  };
  std::vector<double> p(Histogram::bins, 0);
  std::vector<double> share(static_cast<std::size_t>(levels) + 1, 0), used = share;
  std::size_t first = Histogram::bins, last = 0;
  for (std::size_t bin = 0; bin < Histogram::bins; ++bin) {
    if (inside(bin)) {
      first = std::min(first, bin);
      last = bin;
    }
  }
  if (first > last) {
    return std::numeric_limits<double>::infinity();
  }
  for (std::size_t bin = 0; bin < Histogram::bins; ++bin) {
    const auto count = static_cast<double>(seen.counts()[bin]);
    p[std::clamp(bin, first, last)] += count;
    if (count > 0 && inside(bin)) {
      share[step_of(bin)] += count;
      used[step_of(bin)] += 1;
    }
  }
  double all_p = 0, all_q = 0;
  for (std::size_t bin = first; bin <= last; ++bin) {
    all_p += p[bin];
    all_q += static_cast<double>(seen.counts()[bin]);
  }
  double sum = 0;
  for (std::size_t bin = first; bin <= last; ++bin) {
    if (p[bin] == 0) {
      continue;
    }
    // An end that only outliers filled has nothing in q: a tiny share stands for it.
    const std::size_t step = step_of(bin);
    const double q = seen.counts()[bin] > 0 ? share[step] / used[step] / all_q : 1e-9;
    sum += p[bin] / all_p * std::log(p[bin] / all_p / q);
  }
  return sum;
}

/// The range, of those shrunk towards 0 from the whole, that costs least. A low end at 0 stays.
Range search(const Histogram& seen, const std::function<double(const Range&)>& cost) {
  constexpr int steps = 100;
  Range best{seen.low(), seen.high()};
  double least = std::numeric_limits<double>::infinity();
  for (int step = steps; step > steps / 5; --step) {
    const float share = static_cast<float>(step) / steps;
    const Range range{seen.low() * share, seen.high() * share};
    const double found = cost(range);
    if (found < least) {
      least = found;
      best = range;
    }
  }
  return best;
}

}  // namespace

Affine affine_of(const Range& range) {
  const float low = std::min(range.low, 0.0F), high = std::max(range.high, 0.0F);
  Affine affine;
  if (high > low) {
    affine.scale = static_cast<float>((static_cast<double>(high) - low) / levels);
    affine.zero_point = static_cast<std::uint8_t>(
        std::clamp(std::nearbyint(-static_cast<double>(low) / affine.scale), 0.0, levels));
  }
  return affine;
}

const std::vector<RangeMethod>& range_methods() {
  static const std::vector<RangeMethod> methods{RangeMethod::min_max, RangeMethod::percentile,
                                                RangeMethod::mse, RangeMethod::entropy};
  return methods;
}

std::string name_of(RangeMethod method) {
  switch (method) {
    case RangeMethod::min_max:
      return "min-max";
    case RangeMethod::percentile:
      return "percentile";
    case RangeMethod::mse:
      return "mse";
    case RangeMethod::entropy:
      return "entropy";
  }
  return {};
}

Range range_of(const Histogram& seen, RangeMethod method) {
  switch (method) {
    case RangeMethod::min_max:
      break;
    case RangeMethod::percentile:
      return percentile(seen);
    case RangeMethod::mse:
      return search(seen, [&](const Range& range) { return squared_error(seen, range); });
    case RangeMethod::entropy:
      return search(seen, [&](const Range& range) { return divergence(seen, range); });
  }
  return {seen.low(), seen.high()};
}

}  // namespace bcnet::quantize
