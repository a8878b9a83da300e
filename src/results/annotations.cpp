#include "results/annotations.h"

#include <algorithm>
#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "image/coco_rle.h"
#include "image/outline.h"

namespace bcnet::results {

namespace {

using Outlines = std::vector<std::vector<cv::Point>>;

Outlines outer_outlines(const cv::Mat& mask) {
  Outlines outlines;
  cv::findContours(mask, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
  return outlines;
}

cv::Mat filled(const Outlines& outlines, const cv::Size& size) {
  cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
  for (const auto& outline : outlines) {
    cv::fillPoly(mask, Outlines{outline}, 255);
  }
  return mask;
}

bool has_holes(const cv::Mat& piece) {
  return cv::countNonZero(filled(outer_outlines(piece), piece.size())) > cv::countNonZero(piece);
}

}  // namespace

Json CocoFile::segmentation(const cv::Mat& piece, const cv::Rect& box) const {
  if (shapes_ == Shapes::outlines && !has_holes(piece(box))) {
    std::vector<cv::Point2d> points;
    Json numbers = Json::array();
    for (const cv::Point2f& point : edge_outline(piece(box))) {
      points.emplace_back(point.x + box.x, point.y + box.y);
      numbers.push_back(points.back().x);
      numbers.push_back(points.back().y);
    }
    cv::Mat drawn(piece.size(), CV_8UC1, cv::Scalar(0));
    draw_coco_polygon(drawn, points);
    if (cv::norm(drawn, piece, cv::NORM_INF) == 0) {
      return Json::array({numbers});
    }
  }
  return {{"size", {piece.rows, piece.cols}}, {"counts", runs_text(encode_runs(piece))}};
}

void CocoFile::add(const std::string& file_name, const cv::Mat& mask,
                   const std::vector<Polyp>& polyps) {
  const std::size_t id = images_.size() + 1;
  images_.push_back(
      {{"id", id}, {"file_name", file_name}, {"width", mask.cols}, {"height", mask.rows}});
  cv::Mat labels;
  cv::Mat boxes;
  cv::Mat centres;
  const int count = cv::connectedComponentsWithStats(mask, labels, boxes, centres, 8);
  for (int number = 1; number < count; ++number) {
    const auto stat = [&](int column) { return boxes.at<int>(number, column); };
    const cv::Rect box(stat(cv::CC_STAT_LEFT), stat(cv::CC_STAT_TOP), stat(cv::CC_STAT_WIDTH),
                       stat(cv::CC_STAT_HEIGHT));
    const cv::Mat piece = labels == number;
    Json annotation = {{"id", annotations_.size() + 1},
                       {"image_id", id},
                       {"category_id", 1},
                       {"segmentation", segmentation(piece, box)},
                       {"area", stat(cv::CC_STAT_AREA)},
                       {"bbox", {box.x, box.y, box.width, box.height}},
                       {"iscrowd", 0}};
    const auto found = std::find_if(polyps.begin(), polyps.end(), [&](const Polyp& polyp) {
      return cv::Rect(polyp.box.x, polyp.box.y, polyp.box.width, polyp.box.height) == box;
    });
    if (found != polyps.end()) {
      annotation["score"] = found->confidence;
    }
    annotations_.push_back(std::move(annotation));
  }
}

void CocoFile::append(const Json& file) {
  Json image = file.at("images").at(0);
  image["id"] = images_.size() + 1;
  images_.push_back(std::move(image));
  for (Json annotation : file.at("annotations")) {
    annotation["id"] = annotations_.size() + 1;
    annotation["image_id"] = images_.size();
    annotations_.push_back(std::move(annotation));
  }
}

Json CocoFile::json() const {
  return {{"images", images_},
          {"annotations", annotations_},
          {"categories", Json::array({Json{{"id", 1}, {"name", polyp_label}}})}};
}

Json labelme_polygon(const std::string& label, const std::vector<cv::Point>& points) {
  constexpr std::size_t fewest = 3;  // that a polygon has; more of one point change nothing
  Json corners = Json::array();
  for (const cv::Point& point : points) {
    corners.push_back({point.x, point.y});
  }
  while (corners.size() < fewest) {
    corners.push_back(corners.back());
  }
  return {{"label", label},
          {"points", corners},
          {"group_id", nullptr},
          {"shape_type", "polygon"},
          {"flags", Json::object()}};
}

Json labelme_shapes(const cv::Mat& mask) {
  Json shapes = Json::array();
  bool is_polyp = true;
  for (cv::Mat left = mask; cv::countNonZero(left) > 0; is_polyp = !is_polyp) {
    const Outlines outlines = outer_outlines(left);
    for (const auto& outline : outlines) {
      shapes.push_back(labelme_polygon(is_polyp ? polyp_label : "_background_", outline));
    }
    const cv::Mat covered = filled(outlines, mask.size());
    left = cv::Mat(covered & (is_polyp ? cv::Mat(mask == 0) : cv::Mat(mask != 0)));
  }
  return shapes;
}

Json labelme_file(const std::string& image_path, const cv::Size& size, const Json& shapes) {
  return {{"version", "5.0.1"},      {"flags", Json::object()}, {"shapes", shapes},
          {"imagePath", image_path}, {"imageData", nullptr},    {"imageHeight", size.height},
          {"imageWidth", size.width}};
}

}  // namespace bcnet::results
