#pragma once

#include <vector>

namespace bcnet::metrics {

/// The arithmetic mean; 0 for no values.
double mean(const std::vector<double>& values);

}  // namespace bcnet::metrics
