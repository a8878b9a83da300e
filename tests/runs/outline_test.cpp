#include "runs/outline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <sstream>

namespace bcnet::runs {
namespace {

/// What a path encloses, drawn by even and odd.
cv::Mat filled(const std::string& path, const cv::Size& size) {
  std::vector<std::vector<cv::Point>> pieces;
  std::string numbers = path;
  for (char& c : numbers) {
    c = c == 'L' || c == 'Z' ? ' ' : c;
  }
  std::stringstream all(numbers);
  std::string piece;
  std::getline(all, piece, 'M');
  while (std::getline(all, piece, 'M')) {
    std::stringstream in(piece);
    pieces.emplace_back();
    for (int x = 0, y = 0; in >> x >> y;) {
      pieces.back().emplace_back(x, y);
    }
  }
  cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
  cv::drawContours(mask, pieces, -1, cv::Scalar(255), cv::FILLED);
  return mask;
}

TEST(Outline, OfARectangleIsItsCorners) {
  cv::Mat mask(20, 30, CV_8UC1, cv::Scalar(0));
  mask(cv::Rect(4, 5, 10, 8)).setTo(255);
  EXPECT_EQ(outline_path(mask), "M4 5L4 12 13 12 13 5Z");
}

TEST(Outline, OfNothingIsEmpty) {
  EXPECT_EQ(outline_path(cv::Mat(20, 30, CV_8UC1, cv::Scalar(0))), "");
}

TEST(Outline, StaysWithinAPixelOfTheMaskAndIsShort) {
  cv::Mat mask(352, 352, CV_8UC1, cv::Scalar(0));
  cv::ellipse(mask, {150, 170}, {90, 60}, 30, 0, 360, cv::Scalar(255), cv::FILLED);
  cv::circle(mask, {150, 170}, 20, cv::Scalar(0), cv::FILLED);
  cv::circle(mask, {300, 40}, 9, cv::Scalar(255), cv::FILLED);
  const std::string path = outline_path(mask);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 3);  // two pieces and a hole
  EXPECT_LT(path.size(), 800U);
  cv::Mat wide, narrow;
  const cv::Mat square = cv::getStructuringElement(cv::MORPH_RECT, {5, 5});
  cv::dilate(mask, wide, square);
  cv::erode(mask, narrow, square);
  const cv::Mat drawn = filled(path, mask.size());
  EXPECT_EQ(cv::countNonZero(drawn & ~wide), 0);
  EXPECT_EQ(cv::countNonZero(narrow & ~drawn), 0);
}

TEST(Outline, OfSpecklesIsBounded) {
  cv::Mat mask(352, 352, CV_8UC1);
  cv::RNG random(3);
  random.fill(mask, cv::RNG::UNIFORM, 0, 256);
  EXPECT_LT(outline_path(mask > 200).size(), 40000U);
}

TEST(Outline, TellsAPathFromWhatMayNotStandInAPage) {
  EXPECT_TRUE(is_outline_path(""));
  EXPECT_TRUE(is_outline_path("M4 5L4 12 13 12Z"));
  EXPECT_FALSE(is_outline_path("M4 5'/><script>"));
}

}  // namespace
}  // namespace bcnet::runs
