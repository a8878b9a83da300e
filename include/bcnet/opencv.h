#pragma once

#include <algorithm>
#include <opencv2/core.hpp>

#include "bcnet/segmenter.h"

namespace bcnet {

/// Sees an 8-bit cv::Mat of 1, 3 or 4 channels as an image, without a copy: image must outlive
/// the view. Three and four channels are taken as BGR and BGRA, which is what cv::imread and
/// cv::VideoCapture give. Throws Error(data) for any other matrix.
///
///     const cv::Mat frame = cv::imread("polyp.jpg");
///     const bcnet::Segmentation found = segmenter.segment(bcnet::view(frame));
///     const cv::Mat mask = bcnet::mask_of(found);
inline ImageView view(const cv::Mat& image) {
  const bool good = image.dims == 2 &&
                    (image.type() == CV_8UC1 || image.type() == CV_8UC3 || image.type() == CV_8UC4);
  if (!good) {
    throw Error(ErrorKind::data, "image: a cv::Mat of 8 bits and 1, 3 or 4 channels is expected");
  }
  const PixelFormat format = image.channels() == 1   ? PixelFormat::gray8
                             : image.channels() == 3 ? PixelFormat::bgr8
                                                     : PixelFormat::bgra8;
  return {image.data, image.cols, image.rows, static_cast<std::size_t>(image.step[0]), format};
}

/// The mask as a CV_8UC1 matrix of its own (a copy).
inline cv::Mat mask_of(const Segmentation& segmentation) {
  cv::Mat mask(segmentation.height, segmentation.width, CV_8UC1);
  std::copy(segmentation.mask.begin(), segmentation.mask.end(), mask.data);
  return mask;
}

}  // namespace bcnet
