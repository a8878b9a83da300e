#pragma once

#include <opencv2/core.hpp>

namespace bcnet {

/// How a mask is shown on an image.
struct OverlayStyle {
  cv::Scalar color{0, 255, 96};  ///< RGB, far from anything in a bowel
  double tint = 0.25;            ///< share of the colour inside, 0..1
  int outline = 0;               ///< pixels; 0 chooses by the image's size
};

/// A copy of an 8UC3 RGB image with the foreground (not 0) of an 8UC1 mask of the same size
/// tinted and outlined.
cv::Mat draw_overlay(const cv::Mat& image, const cv::Mat& mask, const OverlayStyle& style = {});

/// The same with its outline alone.
cv::Mat draw_outline(const cv::Mat& image, const cv::Mat& mask,
                     const cv::Scalar& color = OverlayStyle{}.color);

}  // namespace bcnet
