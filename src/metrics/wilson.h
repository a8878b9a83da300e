#pragma once

#include <cstddef>

#include "metrics/bootstrap.h"

namespace bcnet::metrics {

/// 95% interval of a share of count independent cases (Wilson, 1927), without continuity
/// correction. Of few cases, and where the share is 0 or 1, a bootstrap would be too narrow: of 0
/// of 10 it is 0 to 0, this one 0 to 0.28. count is above 0.
Interval wilson_interval(double share, std::size_t count);

}  // namespace bcnet::metrics
