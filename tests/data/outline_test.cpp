#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "core/random.h"
#include "data/drawing.h"
#include "image/outline.h"

namespace bcnet::data {
namespace {

cv::Mat drawn_again(const cv::Mat& mask) {
  Drawing drawing;
  drawing.width = mask.cols;
  drawing.height = mask.rows;
  for (const auto& outline : pixel_outlines(mask)) {
    EXPECT_GE(outline.size(), 3U);
    drawing.shapes.emplace_back(PixelPolygon{outline});
  }
  return draw(drawing);
}

void expect_exact(const cv::Mat& mask) {
  EXPECT_EQ(cv::norm(drawn_again(mask), mask, cv::NORM_INF), 0) << mask;
}

TEST(PixelOutlines, CoverPiecesPointsAndLines) {
  cv::Mat mask(20, 30, CV_8UC1, cv::Scalar(0));
  EXPECT_TRUE(pixel_outlines(mask).empty());
  mask.at<std::uint8_t>(0, 0) = 255;
  mask(cv::Rect(3, 0, 9, 1)).setTo(255);
  mask(cv::Rect(29, 5, 1, 15)).setTo(255);
  cv::circle(mask, {12, 12}, 5, 255, -1);
  EXPECT_EQ(pixel_outlines(mask).size(), 4U);
  expect_exact(mask);
  expect_exact(cv::Mat(4, 5, CV_8UC1, cv::Scalar(255)));
}

TEST(PixelOutlines, LeaveHolesOpen) {
  cv::Mat mask(60, 80, CV_8UC1, cv::Scalar(0));
  cv::circle(mask, {40, 30}, 25, 255, -1);
  cv::circle(mask, {35, 28}, 4, 0, -1);
  cv::circle(mask, {50, 28}, 6, 0, -1);    // its row to the left meets the first
  cv::circle(mask, {50, 28}, 2, 255, -1);  // a piece in a hole
  mask.at<std::uint8_t>(45, 40) = 0;
  EXPECT_EQ(pixel_outlines(mask).size(), 2U);
  expect_exact(mask);
}

TEST(PixelOutlines, AreExactForNoise) {
  SplitMix64 random(3);
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

}  // namespace
}  // namespace bcnet::data
