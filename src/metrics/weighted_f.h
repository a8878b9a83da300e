#pragma once

#include <vector>

#include "metrics/views.h"

namespace bcnet::metrics {

/// Weighted F-measure with β = 1 (R. Margolin, L. Zelnik-Manor, A. Tal: "How to evaluate
/// foreground maps?", CVPR 2014): errors inside the polyp are smoothed by a 7×7 Gaussian of
/// σ = 5 with zeros beyond the border, a pixel outside has for that the error of its nearest
/// polyp pixel (nearest.h says which of equally near ones), and errors outside weigh more the
/// farther they lie, up to twice. An empty mask gives 0. map: in [0,1], of the mask's size.
double weighted_f(const std::vector<double>& map, const MaskView& truth);

}  // namespace bcnet::metrics
