#include "image/overlay.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace bcnet {

cv::Mat draw_overlay(const cv::Mat& image, const cv::Mat& mask, const OverlayStyle& style) {
  cv::Mat tinted;
  cv::addWeighted(image, 1 - style.tint, cv::Mat(image.size(), image.type(), style.color),
                  style.tint, 0, tinted);
  cv::Mat result = image.clone();
  tinted.copyTo(result, mask);

  std::vector<std::vector<cv::Point>> outlines;
  cv::findContours(mask, outlines, cv::RETR_CCOMP, cv::CHAIN_APPROX_SIMPLE);
  const int automatic = std::max(1, std::min(image.cols, image.rows) / 176);
  const int thickness = style.outline > 0 ? style.outline : automatic;
  cv::drawContours(result, outlines, -1, style.color, thickness, cv::LINE_AA);
  return result;
}

cv::Mat draw_outline(const cv::Mat& image, const cv::Mat& mask, const cv::Scalar& color) {
  OverlayStyle style;
  style.color = color;
  style.tint = 0;
  return draw_overlay(image, mask, style);
}

}  // namespace bcnet
