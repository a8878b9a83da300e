#pragma once

#include <cstddef>
#include <cstdint>
#include <opencv2/core.hpp>
#include <utility>

#include "bcnet/segmenter.h"

namespace bcnet {

/// Shares of red and of blue in luma (ITU-R BT.601-7, 709-6, 2020-2).
std::pair<double, double> luma_shares(YuvMatrix matrix);

/// A 4:2:0 picture that somebody else owns: a plane of luma, and chroma of half its width and
/// height, rounded up, in two planes (I420) or in one in turn (NV12).
struct YuvView {
  const std::uint8_t* y = nullptr;
  const std::uint8_t* u = nullptr;
  const std::uint8_t* v = nullptr;  ///< u + 1 where they lie in turn
  std::size_t y_stride = 0;         ///< bytes from one row to the next
  std::size_t chroma_stride = 0;
  int chroma_step = 1;  ///< bytes from one value of U to the next: 2 where they lie in turn
  int width = 0;        ///< pixels
  int height = 0;
  YuvMatrix matrix = YuvMatrix::bt709;
  bool full_range = false;  ///< 0..255, else luma 16..235 and chroma 16..240
};

/// Pixels at even distances as RGB (8UC3): the one at ((x + 0.5) width / size.width, ...).
cv::Mat evenly_spaced_rgb(const YuvView& view, const cv::Size& size);

/// The part of a picture that lies in a rectangle inside it, which is widened to begin in even
/// columns and rows.
YuvView part_of(const YuvView& view, const cv::Rect& part);

/// Memory that resize_yuv uses again.
struct YuvBuffers {
  cv::Mat luma;
  cv::Mat chroma;
  cv::Mat v;
};

/// A picture as width x height pixels of RGB (8UC3, into rgb): the planes are resized
/// and then become RGB, which for large frames costs half of it the other way round.
void resize_yuv(const YuvView& view, int width, int height, YuvBuffers& buffers, cv::Mat& rgb);

}  // namespace bcnet
