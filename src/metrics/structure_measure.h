#pragma once

#include <vector>

#include "metrics/views.h"

namespace bcnet::metrics {

/// S-measure with α = 0.5: how alike a map and a mask are as objects and in four parts about
/// the mask's centre (D.-P. Fan, M.-M. Cheng, Y. Liu, T. Li, A. Borji: "Structure-measure: a
/// new way to evaluate foreground maps", ICCV 2017). Variances are divided by N - 1; the centre
/// is rounded as MATLAB does, halves upwards. An empty mask gives 1 - the map's mean, a full one
/// the map's mean. A part without pixels, for a centre in the last row or column, adds nothing.
/// map: in [0,1], of the mask's size.
double structure_measure(const std::vector<double>& map, const MaskView& truth);

}  // namespace bcnet::metrics
