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

  void operator()(const PixelEllipse& ellipse) const {
    const cv::Point2d middle = (cv::Point2d(ellipse.from) + cv::Point2d(ellipse.to)) / 2;
    const double half_width = (ellipse.to.x - ellipse.from.x + 1) / 2.0;
    const double half_height = (ellipse.to.y - ellipse.from.y + 1) / 2.0;
    for (int y = std::max(0, ellipse.from.y); y <= std::min(ellipse.to.y, mask.rows - 1); ++y) {
      for (int x = std::max(0, ellipse.from.x); x <= std::min(ellipse.to.x, mask.cols - 1); ++x) {
        if (std::hypot((x - middle.x) / half_width, (y - middle.y) / half_height) <= 1) {
          mask.at<std::uint8_t>(y, x) = 255;
        }
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
