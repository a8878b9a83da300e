#pragma once

#include <cstdint>
#include <vector>

namespace bcnet::metrics {

struct Interval {
  double low = 0;
  double high = 0;
};

/// Percentile bootstrap interval of a mean (Efron): draws resamples times as many values
/// with replacement and takes the quantiles of their means that leave out (1 - level) / 2 at
/// either end, interpolated linearly. The same seed gives the same interval everywhere.
/// No values give {0, 0}.
Interval bootstrap_mean(const std::vector<double>& values, std::uint64_t seed = 0,
                        int resamples = 10000, double level = 0.95);

/// A part of a whole, such as the polyps of one image that were found.
struct Share {
  double part = 0;
  double whole = 1;  ///< above 0
};

/// The same of the sum of the parts over that of the wholes. What belongs together (the polyps of
/// one image) is drawn together: a cluster bootstrap (Davison and Hinkley, 1997, 3.8).
Interval bootstrap_ratio(const std::vector<Share>& shares, std::uint64_t seed = 0,
                         int resamples = 10000, double level = 0.95);

}  // namespace bcnet::metrics
