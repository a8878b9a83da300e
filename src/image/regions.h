#pragma once

#include <functional>
#include <opencv2/core.hpp>
#include <vector>

namespace bcnet {

/// One connected piece of a mask.
struct Region {
  std::vector<cv::Point> polygon;  ///< outer outline in pixels, straight runs shortened
  cv::Rect box;                    ///< the smallest upright rectangle around it
  double area_px = 0;              ///< pixels in it, holes not counted
  double area_percent = 0;         ///< of the whole image
  double confidence = 0;           ///< mean probability inside it; 0 without probabilities
};

/// The probabilities within a rectangle of a mask: 32FC1 in [0,1].
using ProbabilityOf = std::function<cv::Mat(const cv::Rect&)>;

/// The 8-connected pieces of a mask (8UC1, foreground not 0), the largest first, equal ones
/// from the top. probability, which may be left out, is asked for a few rows of a piece at a time,
/// from its top down, so that nobody needs a map of the whole.
std::vector<Region> find_regions(const cv::Mat& mask, const ProbabilityOf& probability = {});

}  // namespace bcnet
