#pragma once

#include <opencv2/core.hpp>

namespace bcnet {

/// Makes an 8-bit image smaller (or equal) in both directions: each new pixel is the mean of
/// the area that it covers, parts of pixels counted as parts, as OpenCV's INTER_AREA has it.
/// Sums rows before columns, which is contiguous work: about three times as fast as OpenCV 4.6
/// from 1348×1070 to 352×352. result's memory is used again where it has that size and type.
void area_resize(const cv::Mat& image, int width, int height, cv::Mat& result);

}  // namespace bcnet
