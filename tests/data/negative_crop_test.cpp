#include "data/negative_crop.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace bcnet::data {
namespace {

/// 100 columns, 80 rows of red.
cv::Mat lit() { return {80, 100, CV_8UC3, cv::Scalar(180, 80, 70)}; }
cv::Mat no_polyp() { return {80, 100, CV_8UC1, cv::Scalar(0)}; }

NegativeCropRules without_margin() {
  NegativeCropRules rules;
  rules.margin = 0;
  return rules;
}

TEST(FindNegativeCrop, IsTheLargestSquareBesideTheMask) {
  cv::Mat mask = no_polyp();
  mask(cv::Rect(40, 0, 5, 80)).setTo(255);
  EXPECT_EQ(find_negative_crop(lit(), mask, without_margin()), cv::Rect(45, 0, 55, 55));
}

TEST(FindNegativeCrop, IsTopmostAmongEquals) {
  EXPECT_EQ(find_negative_crop(lit(), no_polyp(), without_margin()), cv::Rect(0, 0, 80, 80));
}

TEST(FindNegativeCrop, KeepsAMargin) {
  cv::Mat mask = no_polyp();
  mask(cv::Rect(40, 0, 5, 80)).setTo(255);
  NegativeCropRules rules;
  rules.margin = 0.05;  // 4 of 80 pixels
  EXPECT_EQ(find_negative_crop(lit(), mask, rules), cv::Rect(49, 0, 51, 51));
}

TEST(FindNegativeCrop, KeepsClearOfTheBlackBorderButNotOfDarkFolds) {
  cv::Mat image = lit();
  image(cv::Rect(0, 0, 30, 80)).setTo(cv::Scalar(3, 5, 4));
  image(cv::Rect(60, 30, 20, 20)).setTo(cv::Scalar(3, 5, 4));  // touches no edge
  const auto square = find_negative_crop(image, no_polyp(), without_margin());
  ASSERT_TRUE(square);
  // The median that takes JPEG's specks away rounds corners off, no more.
  EXPECT_GE(square->x, 29);
  EXPECT_GE(square->width, 68);
}

TEST(FindNegativeCrop, IsNoneWhereItWouldBeTooSmall) {
  cv::Mat mask = no_polyp();
  mask(cv::Rect(0, 0, 100, 60)).setTo(255);  // leaves 20 rows: 400 of 8000 pixels
  NegativeCropRules rules = without_margin();
  rules.smallest_share = 0.04;
  EXPECT_EQ(find_negative_crop(lit(), mask, rules), cv::Rect(0, 60, 20, 20));
  rules.smallest_share = 0.06;
  EXPECT_FALSE(find_negative_crop(lit(), mask, rules));
  mask.setTo(255);
  EXPECT_FALSE(find_negative_crop(lit(), mask));
  const cv::Mat black(80, 100, CV_8UC3, cv::Scalar::all(0));
  EXPECT_FALSE(find_negative_crop(black, no_polyp()));
}

}  // namespace
}  // namespace bcnet::data
