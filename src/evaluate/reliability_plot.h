#pragma once

#include "core/html.h"
#include "metrics/calibration.h"

namespace bcnet::evaluate {

/// A reliability diagram as an SVG file: accuracy over confidence with the diagonal on which a
/// calibrated model lies, and below it the share of the pixels in each bin.
Markup reliability_svg(const metrics::Reliability& reliability);

}  // namespace bcnet::evaluate
