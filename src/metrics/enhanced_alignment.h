#pragma once

#include "metrics/segmentation.h"

namespace bcnet::metrics {

/// E-measure of two masks from their pixel counts: how well they are aligned once the mean of
/// each is taken off (D.-P. Fan et al.: "Enhanced-alignment measure for binary foreground map
/// evaluation", IJCAI 2018). As in the authors' code the sum is divided by N - 1, so that two
/// equal masks give N / (N - 1), a little more than 1. An empty truth gives the share of
/// background in the prediction, a full one the share of foreground.
double enhanced_alignment(const Counts& counts);

}  // namespace bcnet::metrics
