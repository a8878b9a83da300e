#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <variant>
#include <vector>

#include "data/coco_rle.h"

namespace bcnet::data {

/// A polygon as COCO means it, see draw_coco_polygon.
struct CocoPolygon {
  std::vector<cv::Point2d> points;
};

/// A polygon through the middles of pixels, which belong to it (LabelMe's, without fractions).
struct PixelPolygon {
  std::vector<cv::Point> points;
};

/// Its corners are pixels that belong to it.
struct PixelBox {
  cv::Point from;
  cv::Point to;
};

/// The ellipse that fills the box of these two pixels.
struct PixelEllipse {
  cv::Point from;
  cv::Point to;
};

using Shape = std::variant<Runs, CocoPolygon, PixelPolygon, PixelBox, PixelEllipse>;

/// What an annotation file says of one image: its mask is all that any of the shapes covers.
struct Drawing {
  int width = 0;  ///< of the upright image, pixels
  int height = 0;
  std::vector<Shape> shapes;
  std::string error;  ///< why there is no mask: "annotation 7: …"; empty where there is one
};

/// The mask: 8UC1, 0 or 255. Shapes may overlap and leave the frame. Throws
/// std::invalid_argument for runs that do not fit the size.
cv::Mat draw(const Drawing& drawing);

}  // namespace bcnet::data
