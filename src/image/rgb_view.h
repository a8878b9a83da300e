#pragma once

#include "bcnet/opencv.h"

namespace bcnet {

/// view() of an 8UC3 matrix in the order that decode_image gives: RGB.
inline ImageView rgb_view(const cv::Mat& image) {
  ImageView result = view(image);
  result.format = PixelFormat::rgb8;
  return result;
}

}  // namespace bcnet
