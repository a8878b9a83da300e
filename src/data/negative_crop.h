#pragma once

#include <opencv2/core.hpp>
#include <optional>

namespace bcnet::data {

/// Where a window without a polyp may lie. Lengths are shares of the picture's shorter side.
struct NegativeCropRules {
  double margin = 0.03;         ///< kept free around the mask and the black border
  double smallest_share = 0.1;  ///< of the picture's area
  int darkest = 24;  ///< of the brightest channel; darker regions that touch the edge are border
};

/// The largest square of an image (8UC3 RGB) that keeps clear of its mask (8UC1) and of the
/// black border, which is what is dark and connected to the picture's edge; of equal ones the
/// topmost, then the leftmost. None where it would be smaller than the rules allow.
std::optional<cv::Rect> find_negative_crop(const cv::Mat& image, const cv::Mat& mask,
                                           const NegativeCropRules& rules = {});

}  // namespace bcnet::data
