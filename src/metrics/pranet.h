#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "metrics/segmentation.h"
#include "metrics/views.h"

namespace bcnet::metrics {

/// Value t of a curve belongs to the threshold (255 - t) / 255: 1, 254/255 … 0.
using Curve = std::array<double, 256>;

/// One image in the protocol of PraNet's MATLAB code (D.-P. Fan et al.: "PraNet: Parallel
/// reverse attention network for polyp segmentation", MICCAI 2020).
struct PranetScore {
  Curve dice{};
  Curve iou{};
  Curve sensitivity{};
  Curve specificity{};
  Curve enhanced_alignment{};
  double structure_measure = 0;
  double weighted_f = 0;
  double mean_absolute_error = 0;
};

double curve_mean(const Curve& curve);
double curve_max(const Curve& curve);
/// The mean of one curve over images: value by value. All zero for no images.
Curve mean_curve(const std::vector<PranetScore>& images, Curve PranetScore::*curve);

/// Values spread to 0..1; equal ones are left as they are, in [0,1].
std::vector<double> spread_to_unit(std::vector<double> map);

/// A network's probabilities as the protocol's programs save them for MATLAB: spread to 0..1,
/// in 255 levels, rounded; equal ones become 0.
std::vector<double> spread_to_8_bits(const std::vector<float>& probability);

/// map: in [0,1] already spread; truth: of its size, foreground above 128 of 255. A threshold at
/// which no pixel is rightly found gives Dice, IoU, sensitivity and specificity 0. A rounding
/// error below 1e-9 of a level moves no value past a threshold. Specificity is 0 where all of
/// the truth is foreground.
PranetScore pranet_score(const std::vector<double>& map, const MaskView& truth);

}  // namespace bcnet::metrics
