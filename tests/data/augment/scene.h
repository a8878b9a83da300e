#pragma once

#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "data/augment.h"

namespace bcnet::data {

/// Texture that no small change leaves as it is, with an ellipse as its polyp: 8UC4.
inline cv::Mat make_scene(int width, int height, std::uint64_t seed = 1) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG random(seed);
  random.fill(image, cv::RNG::UNIFORM, 60, 200);
  cv::GaussianBlur(image, image, cv::Size(0, 0), 2);
  cv::Mat mask(height, width, CV_8UC1, cv::Scalar(0));
  cv::ellipse(mask, {width / 3, height / 2}, {width / 6, height / 8}, 20, 0, 360, {255},
              cv::FILLED);
  return join_mask(image, mask);
}

/// One colour everywhere.
inline cv::Mat make_plain(int width, int height, const cv::Scalar& color, int mask = 0) {
  return {height, width, CV_8UC4, cv::Scalar(color[0], color[1], color[2], mask)};
}

inline cv::Mat run(const cv::Mat& pixels, const AugmentOptions& options, std::uint64_t index,
                   const Donors& donors = {}) {
  cv::Mat out;
  augment(pixels, pixels.cols, pixels.rows, options, 1, 2, index, out, donors);
  return out;
}

inline cv::Mat channel(const cv::Mat& pixels, int index) {
  cv::Mat result;
  cv::extractChannel(pixels, result, index);
  return result;
}

inline bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// 255 where any colour differs, 8UC1.
inline cv::Mat changed_colors(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat changed(a.size(), CV_8UC1, cv::Scalar(0));
  for (int c = 0; c < 3; ++c) {
    changed |= channel(a, c) != channel(b, c);
  }
  return changed;
}

}  // namespace bcnet::data
