#include "image/yuv.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace bcnet {
namespace {

YuvImage plain(const cv::Size& size, double y, double u, double v, YuvMatrix matrix,
               bool full_range = false) {
  YuvImage image;
  image.create(size);
  image.y.setTo(y);
  image.u.setTo(u);
  image.v.setTo(v);
  image.matrix = matrix;
  image.full_range = full_range;
  return image;
}

cv::Vec3b rgb_of(const YuvImage& image) {
  YuvToRgb convert;
  return convert.convert(image, image.y.cols, image.y.rows).at<cv::Vec3b>(0, 0);
}

void expect_colour(const cv::Vec3b& colour, int red, int green, int blue) {
  EXPECT_NEAR(colour[0], red, 2);
  EXPECT_NEAR(colour[1], green, 2);
  EXPECT_NEAR(colour[2], blue, 2);
}

// The values of ITU-R BT.601 and BT.709 for pure colours, of 8 bits.
TEST(YuvToRgb, KnowsTheStandards) {
  expect_colour(rgb_of(plain({4, 4}, 16, 128, 128, YuvMatrix::bt709)), 0, 0, 0);
  expect_colour(rgb_of(plain({4, 4}, 235, 128, 128, YuvMatrix::bt601)), 255, 255, 255);
  expect_colour(rgb_of(plain({4, 4}, 81, 90, 240, YuvMatrix::bt601)), 255, 0, 0);
  expect_colour(rgb_of(plain({4, 4}, 63, 102, 240, YuvMatrix::bt709)), 255, 0, 0);
  expect_colour(rgb_of(plain({4, 4}, 145, 54, 34, YuvMatrix::bt601)), 0, 255, 0);
  expect_colour(rgb_of(plain({4, 4}, 32, 240, 118, YuvMatrix::bt709)), 0, 0, 255);
  expect_colour(rgb_of(plain({4, 4}, 76, 85, 255, YuvMatrix::bt601, true)), 254, 0, 0);
}

TEST(YuvToRgb, IsOfTheLeastPowerOfTwoThatIsEnough) {
  YuvToRgb convert;
  const auto size_for = [&](cv::Size picture) {
    return convert.convert(plain(picture, 100, 128, 128, YuvMatrix::bt709), 352, 352).size();
  };
  EXPECT_EQ(size_for({1920, 1080}), cv::Size(960, 540));
  EXPECT_EQ(size_for({3840, 2160}), cv::Size(960, 540));
  EXPECT_EQ(size_for({703, 704}), cv::Size(703, 704));
  EXPECT_EQ(size_for({101, 55}), cv::Size(101, 55));
  EXPECT_EQ(size_for({1921, 1081}), cv::Size(960, 540));
}

TEST(YuvToRgb, LeavesThePictureAsItIs) {
  YuvToRgb convert;
  const YuvImage first = plain({64, 48}, 100, 90, 240, YuvMatrix::bt709);
  const YuvImage copy{first.y.clone(), first.u.clone(), first.v.clone()};
  convert.convert(first, 64, 48);
  convert.convert(plain({64, 48}, 7, 7, 7, YuvMatrix::bt709), 64, 48);
  convert.convert(plain({256, 192}, 9, 9, 9, YuvMatrix::bt709), 64, 48);
  EXPECT_EQ(cv::norm(first.y, copy.y, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(first.u, copy.u, cv::NORM_INF), 0);
}

// The same drawing as in RGB, up to the colour's half size.
TEST(DrawOverlayOnYuv, LooksLikeTheOneOnRgb) {
  const cv::Size size(120, 90);
  cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
  cv::ellipse(mask, {61, 43}, {31, 20}, 20, 0, 360, 255, cv::FILLED);
  mask(cv::Rect(55, 40, 9, 9)).setTo(0);
  OverlayStyle style;
  style.outline = 2;
  YuvImage drawn = plain(size, 90, 110, 170, YuvMatrix::bt709);
  YuvToRgb convert;
  const cv::Mat before = convert.convert(drawn, size.width, size.height).clone();
  draw_overlay(drawn, mask, style);
  const cv::Mat expected = draw_overlay(before, mask, style);
  const cv::Mat got = convert.convert(drawn, size.width, size.height);
  EXPECT_LT(cv::norm(got, expected, cv::NORM_L1) / (3.0 * size.area()), 4);
  EXPECT_EQ(got.at<cv::Vec3b>(2, 2), before.at<cv::Vec3b>(2, 2));
  EXPECT_LE(cv::norm(got.at<cv::Vec3b>(33, 60), expected.at<cv::Vec3b>(33, 60), cv::NORM_INF), 8);
  EXPECT_GT(cv::norm(before, expected, cv::NORM_L1) / (3.0 * size.area()), 10);
}

TEST(OrientYuv, TurnsAllPlanes) {
  YuvImage image = plain({6, 4}, 0, 0, 0, YuvMatrix::bt709);
  image.y.at<std::uint8_t>(0, 0) = 200;  // top left
  image.u.at<std::uint8_t>(0, 0) = 100;
  YuvImage scratch;
  orient(image, true, true, false, scratch);  // a quarter turn clockwise
  EXPECT_EQ(image.size(), cv::Size(4, 6));
  EXPECT_EQ(image.u.size(), cv::Size(2, 3));
  EXPECT_EQ(image.y.at<std::uint8_t>(0, 3), 200);
  EXPECT_EQ(image.u.at<std::uint8_t>(0, 1), 100);
}

}  // namespace
}  // namespace bcnet
