#pragma once

#include <opencv2/core.hpp>

#include "image/overlay.h"

namespace bcnet {

/// Which brightness and colour differences stand for which RGB.
enum class YuvMatrix { bt601, bt709, bt2020 };

/// A picture as video has it: brightness, and colour at half its width and height (4:2:0).
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

/// The way from YuvImage to RGB in memory that is kept.
class YuvToRgb {
 public:
  /// An 8UC3 RGB copy of the picture, made smaller by a power of two as long as it is at least
  /// width x height pixels then. It holds until the next call.
  const cv::Mat& convert(const YuvImage& image, int width, int height);
  /// The copy's size, of a picture of that size.
  static cv::Size size_of(const cv::Size& picture, int width, int height);

 private:
  cv::Mat resized_[3];
  cv::Mat merged_;
  cv::Mat rgb_;
};

/// Tints and outlines the foreground (not 0) of an 8UC1 mask of the picture's size in the picture
/// itself, as the draw_overlay of RGB does.
void draw_overlay(YuvImage& image, const cv::Mat& mask, const OverlayStyle& style = {});

/// Turns the picture: transposed first, then mirrored left to right and top to bottom. scratch is
/// memory for the way there.
void orient(YuvImage& image, bool transpose, bool mirror, bool flip, YuvImage& scratch);

}  // namespace bcnet
