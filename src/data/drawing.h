#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "image/coco_rle.h"

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

/// Run lengths row by row within a box, in turn of background and foreground.
struct BoxRuns {
  cv::Rect box;
  Runs runs;
};

/// A picture in its file's own bytes, whose pixels above 0 belong to it.
struct BitMap {
  cv::Point at;  ///< where its first pixel lies
  std::string file;
};

using Shape =
    std::variant<Runs, CocoPolygon, PixelPolygon, PixelBox, PixelEllipse, BoxRuns, BitMap>;

/// One thing that an annotation file speaks of.
struct Object {
  Object() = default;
  template <typename S, typename = std::enable_if_t<std::is_constructible_v<Shape, S&&>>>
  Object(S&& shape) {  // NOLINT(google-explicit-constructor): a shape is an object by itself
    pieces.emplace_back(std::forward<S>(shape));
  }

  std::vector<Shape> pieces;
  std::string category;     ///< polyp, instrument …; empty where the file says nothing
  bool background = false;  ///< cuts out of those before it, and of those behind that leave it
  bool ignored = false;     ///< is neither polyp nor background; such an object is background too
  bool nested = false;      ///< a piece that lies in a larger one is a hole of it
  std::string error;        ///< why it cannot be drawn; empty where it can
};

/// What an annotation file says of one image: its mask is all that any of the objects covers.
struct Drawing {
  int width = 0;  ///< of the upright image, pixels
  int height = 0;
  std::vector<Object> shapes;
  std::string error;  ///< why there is no mask; see problem_of for that of an object
};

/// Why there is no mask: "annotation 7: …"; empty where there is one.
std::string problem_of(const Drawing& drawing);

/// Whether the mask has foreground, as far as the objects tell undrawn; so it is where one is
/// broken.
bool has_foreground(const Drawing& drawing);

/// The mask: 8UC1, 0 or 255. Shapes may overlap and leave the frame. Throws
/// std::invalid_argument for runs that do not fit the size, bit maps that cannot be decoded, and
/// outlines that are too long.
cv::Mat draw(const Drawing& drawing);

/// 255 where an ignored object lies and the mask has no polyp on top of it; empty where nothing is
/// ignored. mask: what draw gives. Throws as draw.
cv::Mat draw_ignored(const Drawing& drawing, const cv::Mat& mask);

}  // namespace bcnet::data
