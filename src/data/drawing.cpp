#include "data/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "core/error.h"
#include "image/codec.h"

namespace bcnet::data {

namespace {

/// Sets what a shape covers to 255.
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

  void operator()(const BoxRuns& runs) const {
    const auto width = static_cast<std::int64_t>(runs.box.width);
    std::int64_t at = 0;
    for (std::size_t i = 0; i < runs.runs.size(); ++i) {
      const std::int64_t end =
          std::min(at + runs.runs[i], width * static_cast<std::int64_t>(runs.box.height));
      while (at < end) {
        const std::int64_t row_end = std::min(end, (at / width + 1) * width);
        const cv::Rect part(runs.box.x + static_cast<int>(at % width),
                            runs.box.y + static_cast<int>(at / width),
                            static_cast<int>(row_end - at), 1);
        if (i % 2 == 1) {
          mask(part & cv::Rect({}, mask.size())).setTo(255);
        }
        at = row_end;
      }
    }
  }

  void operator()(const BitMap& map) const {
    DecodeOptions options;
    options.max_pixels =
        static_cast<std::uint64_t>(mask.cols) * static_cast<std::uint64_t>(mask.rows);
    cv::Mat pixels;
    try {
      pixels = decode_image(ImageBytes{map.file, "its mask"}, options);
    } catch (const Error& error) {
      throw std::invalid_argument(error.what());
    }
    const cv::Rect inside = cv::Rect(map.at, pixels.size()) & cv::Rect({}, mask.size());
    if (inside.empty()) {
      return;
    }
    cv::Mat brightest;
    cv::reduce(pixels.reshape(1, static_cast<int>(pixels.total())), brightest, 1, cv::REDUCE_MAX);
    const cv::Mat set = brightest.reshape(1, pixels.rows)(inside - map.at) > 0;
    mask(inside).setTo(255, set);
  }
};

/// The part of the frame outside of which a shape draws nothing.
struct Bounds {
  cv::Size frame;

  cv::Rect cut(double left, double top, double right, double bottom) const {
    const auto inside = [](double value, int most) {
      return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(most)));
    };
    constexpr int margin = 2;  // what rounding may add
    return {cv::Point(inside(left - margin, frame.width), inside(top - margin, frame.height)),
            cv::Point(inside(right + margin, frame.width), inside(bottom + margin, frame.height))};
  }

  template <typename Point>
  cv::Rect around(const std::vector<Point>& points) const {
    const auto [left, right] = std::minmax_element(
        points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
    const auto [top, bottom] = std::minmax_element(
        points.begin(), points.end(), [](const Point& a, const Point& b) { return a.y < b.y; });
    return points.empty() ? cv::Rect() : cut(left->x, top->y, right->x, bottom->y);
  }

  cv::Rect operator()(const CocoPolygon& polygon) const { return around(polygon.points); }
  cv::Rect operator()(const PixelPolygon& polygon) const { return around(polygon.points); }
  cv::Rect operator()(const PixelBox& box) const {
    return around(std::vector<cv::Point>{box.from, box.to});
  }
  cv::Rect operator()(const PixelEllipse& ellipse) const {
    return around(std::vector<cv::Point>{ellipse.from, ellipse.to});
  }
  cv::Rect operator()(const BoxRuns& runs) const { return runs.box & cv::Rect({}, frame); }
  cv::Rect operator()(const Runs& /*runs*/) const { return {{}, frame}; }
  cv::Rect operator()(const BitMap& /*map*/) const { return {{}, frame}; }
};

class Canvas {
 public:
  explicit Canvas(cv::Size size) : mask_(size, CV_8UC1, cv::Scalar(0)) {}

  void draw(const Object& object) {
    const bool alone = background_.empty() && !object.background;
    if (object.nested && object.pieces.size() > 1) {
      const cv::Mat plane = nest(object.pieces);
      put(plane, {{}, mask_.size()}, object.background);
      return;
    }
    for (const Shape& piece : object.pieces) {
      if (alone) {
        std::visit(Pen{mask_}, piece);
      } else {
        const cv::Rect part = sketch(piece);
        put(scratch_(part), part, object.background);
      }
    }
  }

  cv::Mat mask() const { return mask_; }

 private:
  /// Draws a piece alone into scratch_, and gives the part that holds it.
  cv::Rect sketch(const Shape& piece) {
    if (scratch_.empty()) {
      scratch_ = cv::Mat(mask_.size(), CV_8UC1, cv::Scalar(0));
    }
    scratch_(last_).setTo(0);
    last_ = std::visit(Bounds{mask_.size()}, piece);
    if (!last_.empty()) {
      std::visit(Pen{scratch_}, piece);
    }
    return last_;
  }

  /// Pieces of which those in a larger one are holes, those in a hole are pieces again, and so on.
  cv::Mat nest(const std::vector<Shape>& pieces) {
    std::vector<std::pair<int, const Shape*>> by_area;
    for (const Shape& piece : pieces) {
      const cv::Rect part = sketch(piece);
      by_area.emplace_back(part.empty() ? 0 : cv::countNonZero(scratch_(part)), &piece);
    }
    std::stable_sort(by_area.begin(), by_area.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    cv::Mat plane(mask_.size(), CV_8UC1, cv::Scalar(0));
    cv::Mat depth(mask_.size(), CV_8UC1, cv::Scalar(0));  // how many pieces cover a pixel
    int last_area = 0;
    for (const auto& [area, piece] : by_area) {
      const cv::Rect part = sketch(*piece);
      if (area == 0) {
        break;
      }
      double least = 0;
      cv::minMaxLoc(depth(part), &least, nullptr, nullptr, nullptr, scratch_(part));
      if (least > 0 && area == last_area) {
        continue;  // the same piece once more
      }
      last_area = area;
      plane(part).setTo(static_cast<int>(least) % 2 == 0 ? 255 : 0, scratch_(part));
      cv::add(depth(part), 1, depth(part), scratch_(part));
    }
    return plane;
  }

  /// Puts what is set in plane, a part of the frame, into the mask, or cuts it out.
  void put(const cv::Mat& plane, const cv::Rect& part, bool is_background) {
    if (part.empty()) {
      return;
    }
    if (is_background) {
      if (background_.empty()) {
        background_ = cv::Mat(mask_.size(), CV_8UC1, cv::Scalar(0));
      }
      mask_(part).setTo(0, plane);
      background_(part).setTo(255, plane);
      return;
    }
    // What lies wholly in a background is on top of it; of the others it cuts its part out.
    cv::Mat outside;
    if (!background_.empty()) {
      cv::bitwise_and(plane, ~background_(part), outside);
    }
    const bool on_top = outside.empty() || cv::countNonZero(outside) == 0;
    mask_(part).setTo(255, on_top ? plane : outside);
  }

  cv::Mat mask_;
  cv::Mat scratch_;  ///< empty but for last_
  cv::Mat background_;
  cv::Rect last_;
};

}  // namespace

std::string problem_of(const Drawing& drawing) {
  const auto broken = std::find_if(drawing.shapes.begin(), drawing.shapes.end(),
                                   [](const Object& object) { return !object.error.empty(); });
  return drawing.error.empty() && broken != drawing.shapes.end() ? broken->error : drawing.error;
}

bool has_foreground(const Drawing& drawing) {
  return !problem_of(drawing).empty() ||
         std::any_of(drawing.shapes.begin(), drawing.shapes.end(),
                     [](const Object& object) { return !object.background && !object.ignored; });
}

cv::Mat draw(const Drawing& drawing) {
  Canvas canvas({drawing.width, drawing.height});
  for (const Object& object : drawing.shapes) {
    canvas.draw(object);
  }
  return canvas.mask();
}

cv::Mat draw_ignored(const Drawing& drawing, const cv::Mat& mask) {
  if (std::none_of(drawing.shapes.begin(), drawing.shapes.end(),
                   [](const Object& object) { return object.ignored; })) {
    return {};
  }
  Canvas canvas(mask.size());
  for (Object object : drawing.shapes) {
    if (object.ignored) {
      object.background = false;
      canvas.draw(object);
    }
  }
  const cv::Mat ignored = canvas.mask() & ~mask;
  return cv::countNonZero(ignored) > 0 ? ignored : cv::Mat();
}

}  // namespace bcnet::data
