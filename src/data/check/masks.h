#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "data/check/finding.h"
#include "data/mask_set.h"
#include "image/codec.h"

namespace bcnet::data {

/// What a mask looks like.
struct MaskFacts {
  double lowest = 0;       ///< value in it, of 255 (16-bit values are brought to that)
  double highest = 0;      ///< of 255
  double between = 0;      ///< share of pixels that are neither near 0 nor near 255: 32..223
  double foreground = 0;   ///< share of pixels
  std::size_t specks = 0;  ///< pieces and holes too small to be drawn by hand
  MaskMeaning meaning = MaskMeaning::half;
  bool uneven = false;  ///< has values other than the two that mean background and foreground
};

/// mask is what binarise_mask makes of values. Only by MaskMeaning::half can values lie between.
MaskFacts look_at_mask(const MaskValues& values, const cv::Mat& mask,
                       MaskMeaning meaning = MaskMeaning::half);

/// Empty, full and speckled masks, and those with more than 1% of values in between.
std::vector<Finding> check_mask(const MaskFacts& facts, const std::string& name);

/// What was found out of all masks together: an error where it is not clear what their values
/// mean, a warning of those that are not like the others, a note of how they are read.
std::vector<Finding> check_mask_set(const MaskDecision& decision);

/// An error for a set, or a split to learn from, in which no mask has foreground.
Finding no_foreground(const std::string& split, std::size_t masks);

/// One line for all masks whose values are not quite two, if there are any.
std::vector<Finding> check_mask_values(std::size_t uneven, std::size_t masks);

}  // namespace bcnet::data
