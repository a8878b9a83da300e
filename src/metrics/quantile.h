#pragma once

#include <vector>

namespace bcnet::metrics {

/// Quantile q in [0,1] of sorted values, at least one: interpolated linearly between the two
/// nearest, numpy's default rule.
double quantile(const std::vector<double>& sorted, double q);

}  // namespace bcnet::metrics
