#include "data/drawing.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace bcnet::data {

namespace {

struct Pen {
  cv::Mat& mask;

  void operator()(const Runs& runs) const { draw_runs(mask, runs); }

  void operator()(const CocoPolygon& polygon) const { draw_coco_polygon(mask, polygon.points); }

  void operator()(const PixelPolygon& polygon) const {
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{polygon.points}, 255);
  }

  void operator()(const PixelBox& box) const { cv::rectangle(mask, box.from, box.to, 255, -1); }

  void operator()(const PixelCircle& circle) const {
    const auto first = [](double from) { return std::max(0, static_cast<int>(std::ceil(from))); };
    const auto last = [](double to, int length) {
      return std::min(length - 1, static_cast<int>(std::floor(to)));
    };
    for (int y = first(circle.centre.y - circle.radius);
         y <= last(circle.centre.y + circle.radius, mask.rows); ++y) {
      const double dy = y - circle.centre.y;
      const double half = std::sqrt(std::max(0.0, circle.radius * circle.radius - dy * dy));
      for (int x = first(circle.centre.x - half); x <= last(circle.centre.x + half, mask.cols);
           ++x) {
        mask.at<std::uint8_t>(y, x) = 255;
      }
    }
  }
};

}  // namespace

cv::Mat draw(const Drawing& drawing) {
  cv::Mat mask(drawing.height, drawing.width, CV_8UC1, cv::Scalar(0));
  for (const Shape& shape : drawing.shapes) {
    std::visit(Pen{mask}, shape);
  }
  return mask;
}

}  // namespace bcnet::data
