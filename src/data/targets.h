#pragma once

#include <array>
#include <opencv2/core.hpp>

namespace bcnet::data {

/// Fills out (3 * width * height floats, pixel by pixel R, G, B) with (v / 255 - mean) / std
/// of the colours of an 8UC4.
void normalize(const cv::Mat& pixels, const std::array<float, 3>& mean,
               const std::array<float, 3>& std, float* out);

/// mask: 8UC1, 0 or 255. out: 0 or 1 for each pixel.
void mask_target(const cv::Mat& mask, float* out);

/// The band around the mask's edge: dilation minus erosion by a square of kernel x kernel
/// pixels. mask: 8UC1, 0 or 255. out: 0 or 1 for each pixel.
void boundary_target(const cv::Mat& mask, int kernel, float* out);

/// 1 + 5 |mean over 31x31 - mask|, the mask being 0 outside the image: the pixel weight of
/// F3Net and PraNet (Fan et al., MICCAI 2020). mask: 8UC1, 0 or 255. out: 1..6 a pixel.
void edge_weight_target(const cv::Mat& mask, float* out);

}  // namespace bcnet::data
