#pragma once

#include <opencv2/core.hpp>

#include "bcnet/segmenter.h"
#include "image/yuv_resize.h"

namespace bcnet::infer {

/// How pixels of a format lie in memory and what makes RGB of them.
struct PixelLayout {
  int channels;
  int to_rgb;  ///< cv::ColorConversionCodes; -1 where it is RGB already
};

/// Of a format that is not 4:2:0.
PixelLayout layout_of(PixelFormat format);

/// True for 4:2:0.
bool is_yuv(PixelFormat format);

/// Throws Error(data) for a view that is no image: no pixels, an unknown format or matrix, a stride
/// shorter than a row. The messages name no file: anyone may read them.
void check_view(const ImageView& image);

/// The caller's pixels as a cv::Mat that must only be read. image: checked, and not 4:2:0.
cv::Mat wrap(const ImageView& image, const PixelLayout& layout);

/// The caller's planes. image: checked, and 4:2:0.
YuvView yuv_view(const ImageView& image);

/// The part of an image that lies in a rectangle inside it; of 4:2:0 widened to begin in even
/// columns and rows. image: checked.
ImageView part_of(const ImageView& image, const cv::Rect& part);

}  // namespace bcnet::infer
