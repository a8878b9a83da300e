#include "data/targets.h"

#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>

namespace bcnet::data {
namespace {

/// A view on a caller's floats.
cv::Mat view(const cv::Mat& like, float* out) { return {like.size(), CV_32FC1, out}; }

}  // namespace

void normalize(const cv::Mat& pixels, const std::array<float, 3>& mean,
               const std::array<float, 3>& std, float* out) {
  std::array<std::array<float, 256>, 3> table{};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t value = 0; value < 256; ++value) {
      table[c][value] = (static_cast<float>(value) / 255.0F - mean[c]) / std[c];
    }
  }
  for (int y = 0; y < pixels.rows; ++y) {
    const auto* p = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < pixels.cols; ++x, p += 4, out += 3) {
      out[0] = table[0][p[0]];
      out[1] = table[1][p[1]];
      out[2] = table[2][p[2]];
    }
  }
}

void mask_target(const cv::Mat& mask, float* out) {
  cv::Mat target = view(mask, out);
  mask.convertTo(target, CV_32F, 1.0 / 255);
}

void boundary_target(const cv::Mat& mask, int kernel, float* out) {
  const cv::Mat square = cv::getStructuringElement(cv::MORPH_RECT, {kernel, kernel});
  cv::Mat band;
  cv::morphologyEx(mask, band, cv::MORPH_GRADIENT, square);
  mask_target(band, out);
}

void edge_weight_target(const cv::Mat& mask, float* out) {
  constexpr int window = 31;
  cv::Mat sum;
  cv::boxFilter(mask, sum, CV_32S, {window, window}, {-1, -1}, false, cv::BORDER_CONSTANT);
  constexpr float scale = 1.0F / (255.0F * window * window);
  for (int y = 0; y < mask.rows; ++y) {
    const auto* inside = mask.ptr<std::uint8_t>(y);
    const auto* total = sum.ptr<int>(y);
    for (int x = 0; x < mask.cols; ++x) {
      const float mean = static_cast<float>(total[x]) * scale;
      *out++ = 1.0F + 5.0F * std::abs(mean - (inside[x] > 0 ? 1.0F : 0.0F));
    }
  }
}

}  // namespace bcnet::data
