#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data/fingerprint.h"

namespace bcnet::data {

/// One image, small and as it is or mirrored left to right.
struct View {
  Fingerprint print;
  std::vector<cv::Point2f> points;  ///< of its corners, in pixels of the thumbnail
  cv::Mat descriptors;              ///< 8UC1, one row of 32 bytes a point (ORB)
};

/// What of an image is kept to find it again: about 20 kB.
struct Signature {
  std::string sha256;         ///< of its size and pixels
  cv::Mat thumbnail;          ///< 8UC1, the longer side thumbnail_side pixels
  std::array<View, 2> views;  ///< as it is; mirrored
};

inline constexpr int thumbnail_side = 128;

/// image: 8UC3 RGB. ORB (Rublee et al., ICCV 2011) finds corners and describes them whatever
/// way the image is turned, so the mirrored view stands for upside down, too. Thread-safe.
Signature make_signature(const cv::Mat& image);

}  // namespace bcnet::data
