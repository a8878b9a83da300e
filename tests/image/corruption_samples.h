#pragma once

#include <cmath>
#include <opencv2/core.hpp>

namespace bcnet {

/// A picture with something everywhere, of no square shape: 160 rows, 200 columns.
inline cv::Mat mucosa() {
  cv::Mat image(160, 200, CV_8UC3);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const double wave = std::sin(x * 0.31) * std::cos(y * 0.23);
      image.at<cv::Vec3b>(y, x) = {cv::saturate_cast<std::uint8_t>(150 + 40 * wave),
                                   cv::saturate_cast<std::uint8_t>(80 + 30 * wave + x / 10),
                                   cv::saturate_cast<std::uint8_t>(70 + 20 * wave + y / 10)};
    }
  }
  return image;
}

/// A disc off the middle as mask of mucosa().
inline cv::Mat disc() {
  cv::Mat mask(160, 200, CV_8UC1, cv::Scalar(0));
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      if (std::hypot(x - 120, y - 60) < 28) {
        mask.at<std::uint8_t>(y, x) = 255;
      }
    }
  }
  return mask;
}

}  // namespace bcnet
