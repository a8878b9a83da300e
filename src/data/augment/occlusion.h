#pragma once

#include <opencv2/core.hpp>

#include "data/augment.h"
#include "data/augment/stream.h"

namespace bcnet::data {

// What is painted over an 8UC4 pair.

/// A few small bright spots with soft edges, where the image is lit; the mask stays.
void add_highlights(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels);

/// A box in a corner as endoscopy systems show it, most often the lower left one: dark, or
/// green with the bright line of an instrument's shape. The mask is 0 below it.
void add_box(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels);

/// Rectangles in black or in the mean colour, as options say.
void drop_rectangles(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels);

/// True for a pixel brighter than the black around an endoscope's field of view.
inline bool is_lit(const cv::Vec4b& pixel) {
  constexpr int frame_level = 24;
  return pixel[0] >= frame_level || pixel[1] >= frame_level || pixel[2] >= frame_level;
}

}  // namespace bcnet::data
