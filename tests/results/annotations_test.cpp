#include "results/annotations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <string>

#include "core/random.h"
#include "image/coco_rle.h"
#include "image/outline.h"

namespace bcnet::results {
namespace {

using testing::ElementsAre;

/// By COCO's rules, polygons and run lengths.
cv::Mat drawn(const Json& file, const cv::Size& size) {
  cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
  for (const Json& annotation : file["annotations"]) {
    const Json& segmentation = annotation["segmentation"];
    if (segmentation.is_object()) {
      draw_runs(mask, parse_runs(segmentation["counts"].get<std::string>()));
      continue;
    }
    std::vector<cv::Point2d> points;
    const Json& numbers = segmentation.at(0);
    for (std::size_t i = 0; i < numbers.size(); i += 2) {
      points.emplace_back(numbers[i].get<double>(), numbers[i + 1].get<double>());
    }
    draw_coco_polygon(mask, points);
  }
  return mask;
}

/// As LabelMe draws: one shape over the other.
cv::Mat drawn_in_order(const Json& shapes, const cv::Size& size) {
  cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
  for (const Json& shape : shapes) {
    std::vector<cv::Point> points;
    for (const Json& point : shape["points"]) {
      points.emplace_back(point[0].get<int>(), point[1].get<int>());
    }
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{points},
                 shape["label"] == "polyp" ? 255 : 0);
  }
  return mask;
}

void expect_exact(const cv::Mat& mask) {
  for (const auto shapes : {CocoFile::Shapes::runs, CocoFile::Shapes::outlines}) {
    CocoFile file(shapes);
    file.add("a.png", mask);
    EXPECT_EQ(cv::norm(drawn(file.json(), mask.size()), mask, cv::NORM_INF), 0) << mask;
  }
  EXPECT_EQ(cv::norm(drawn_in_order(labelme_shapes(mask), mask.size()), mask, cv::NORM_INF), 0)
      << mask;
}

cv::Mat hard_mask() {
  cv::Mat mask(80, 120, CV_8UC1, cv::Scalar(0));
  cv::ellipse(mask, {40, 40}, {30, 20}, 20, 0, 360, 255, -1);
  cv::circle(mask, {40, 40}, 12, 0, -1);
  cv::circle(mask, {40, 40}, 8, 255, -1);
  cv::circle(mask, {40, 40}, 3, 0, -1);
  mask.at<std::uint8_t>(40, 40) = 255;
  mask(cv::Rect(90, 0, 30, 80)).setTo(255);
  mask.at<std::uint8_t>(2, 2) = 255;
  return mask;
}

TEST(Annotations, GiveTheMaskBack) {
  expect_exact(hard_mask());
  expect_exact(cv::Mat(7, 9, CV_8UC1, cv::Scalar(255)));
  expect_exact(cv::Mat(7, 9, CV_8UC1, cv::Scalar(0)));
  SplitMix64 random(5);
  for (const double share : {0.2, 0.5, 0.8, 0.95}) {
    for (int i = 0; i < 20; ++i) {
      cv::Mat mask(17, 23, CV_8UC1, cv::Scalar(0));
      for (auto pixel = mask.begin<std::uint8_t>(); pixel != mask.end<std::uint8_t>(); ++pixel) {
        *pixel = random.chance(share) ? 255 : 0;
      }
      expect_exact(mask);
    }
  }
}

TEST(Annotations, AreOutlinesExceptWhereThereAreHoles) {
  CocoFile file(CocoFile::Shapes::outlines);
  Polyp polyp;
  polyp.box = {90, 0, 30, 80};
  polyp.confidence = 0.75;
  file.add("sub/a.png", hard_mask(), {polyp});
  const Json json = file.json();
  EXPECT_EQ(json["images"][0]["file_name"], "sub/a.png");
  EXPECT_EQ(json["images"][0]["width"], 120);
  EXPECT_EQ(json["categories"][0]["name"], "polyp");
  int runs = 0;
  for (const Json& annotation : json["annotations"]) {
    runs += annotation["segmentation"].is_object() ? 1 : 0;
    EXPECT_EQ(annotation.contains("score"), annotation["bbox"] == Json({90, 0, 30, 80}));
  }
  EXPECT_EQ(runs, 2);  // the ring, and the ring in it
  EXPECT_EQ(json["annotations"].size(), 5U);
}

TEST(Annotations, HaveFewPointsForASmoothOutline) {
  cv::Mat mask(400, 400, CV_8UC1, cv::Scalar(0));
  cv::circle(mask, {200, 200}, 150, 255, -1);
  const auto outline = edge_outline(mask);
  EXPECT_LT(outline.size(), 500U);  // its border is 1200 edges of pixels long
  expect_exact(mask);
}

TEST(Annotations, NameTheHolesBackground) {
  const Json shapes = labelme_shapes(hard_mask());
  std::vector<std::string> labels;
  for (const Json& shape : shapes) {
    labels.push_back(shape["label"].get<std::string>());
  }
  EXPECT_EQ(std::count(labels.begin(), labels.end(), "polyp"), 5);
  EXPECT_EQ(std::count(labels.begin(), labels.end(), "_background_"), 2);
  const Json file = labelme_file("../in/a.png", {120, 80}, shapes);
  EXPECT_EQ(file["imagePath"], "../in/a.png");
  EXPECT_EQ(file["imageHeight"], 80);
}

}  // namespace
}  // namespace bcnet::results
