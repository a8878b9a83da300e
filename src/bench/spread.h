#pragma once

#include <vector>

#include "core/json.h"

namespace bcnet::bench {

/// Several measurements of one thing.
struct Spread {
  double median = 0, mean = 0;
  double low = 0, high = 0;  ///< 10th and 90th percentile, linear between neighbours
  double least = 0, most = 0;
};

/// Of at least one value; Error(usage) for none.
Spread spread_of(std::vector<double> values);

/// Its keys, each value times a factor (1e3: seconds as milliseconds).
Json to_json(const Spread& spread, double factor);

}  // namespace bcnet::bench
