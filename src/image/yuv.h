#pragma once

#include <opencv2/core.hpp>

#include "image/overlay.h"
#include "image/yuv_resize.h"

namespace bcnet {

/// A picture as video has it: luma, and chroma of half its width and height (4:2:0).
struct YuvImage {
  cv::Mat y;  ///< 8UC1
  cv::Mat u;  ///< 8UC1 of (width + 1) / 2 x (height + 1) / 2 pixels
  cv::Mat v;
  YuvMatrix matrix = YuvMatrix::bt709;
  bool full_range = false;  ///< black is 0 and white 255, not 16 and 235

  cv::Size size() const { return y.size(); }
  /// Memory for a picture of that size; what is there is used again where it has it.
  void create(const cv::Size& size);
};

/// Its planes as they lie.
YuvView view_of(const YuvImage& image);

/// Tints and outlines the foreground (not 0) of an 8UC1 mask of the picture's size in the picture
/// itself, as the draw_overlay of RGB does.
void draw_overlay(YuvImage& image, const cv::Mat& mask, const OverlayStyle& style = {});

/// Turns the picture: transposed first, then mirrored left to right and top to bottom. scratch is
/// memory for the way there.
void orient(YuvImage& image, bool transpose, bool mirror, bool flip, YuvImage& scratch);

}  // namespace bcnet
