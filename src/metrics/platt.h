#pragma once

#include <cstddef>
#include <vector>

#include "core/region_calibration.h"

namespace bcnet::metrics {

/// Fewer findings of a kind than this say nothing about a share of them.
constexpr std::size_t platt_least = 10;

/// Fits the two numbers of Platt scaling to the mean probabilities of findings on a polyp and of
/// those on none, by Newton's method on the log-likelihood, with Platt's targets in place of 1 and
/// 0, so that kinds that can be told apart without error give no infinite slope (Lin, Lin and Weng,
/// Machine Learning 68, 2007, algorithm 1). At least platt_least of each. Throws Error(data) where
/// a higher mean does not make a polyp likelier.
RegionCalibration fit_platt(const std::vector<double>& right, const std::vector<double>& wrong);

}  // namespace bcnet::metrics
