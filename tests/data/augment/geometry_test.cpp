#include "data/augment/geometry.h"

#include <gtest/gtest.h>

#include <cmath>

#include "scene.h"

namespace bcnet::data {
namespace {

/// Mask of a disk in the middle, red wherever the mask is.
cv::Mat make_disk() {
  cv::Mat mask(201, 201, CV_8UC1, cv::Scalar(0));
  cv::circle(mask, {100, 100}, 40, {255}, cv::FILLED);
  cv::Mat image;
  cv::merge(std::vector<cv::Mat>{mask, mask * 0 + 90, mask * 0 + 90}, image);
  return join_mask(image, mask);
}

/// Axes of the ellipse with the mask's second moments, longer one first.
cv::Size2d axes(const cv::Mat& pixels) {
  const cv::Moments m = cv::moments(channel(pixels, 3), true);
  const double a = m.mu20 / m.m00;
  const double b = m.mu11 / m.m00;
  const double c = m.mu02 / m.m00;
  const double root = std::sqrt((a - c) * (a - c) / 4 + b * b);
  return {2 * std::sqrt((a + c) / 2 + root), 2 * std::sqrt((a + c) / 2 - root)};
}

TEST(AugmentShape, StretchesWithinItsLimitAndKeepsTheArea) {
  AugmentOptions options;
  options.stretch = 0.5;
  EXPECT_TRUE(options.warps());
  double largest = 1;
  for (std::uint64_t index = 0; index < 30; ++index) {
    const cv::Size2d size = axes(run(make_disk(), options, index));
    EXPECT_NEAR(size.width * size.height, 1600, 25) << index;
    EXPECT_LT(size.width / size.height, 1.52) << index;
    largest = std::max(largest, size.width / size.height);
  }
  EXPECT_GT(largest, 1.35);
}

// A disk sheared by an angle a becomes an ellipse whose axes' ratio r has r - 1/r = tan a.
TEST(AugmentShape, ShearsWithinItsLimitAndKeepsTheArea) {
  AugmentOptions options;
  options.shear = 20;
  EXPECT_TRUE(options.warps());
  double largest = 0;
  for (std::uint64_t index = 0; index < 30; ++index) {
    const cv::Mat out = run(make_disk(), options, index);
    const cv::Size2d size = axes(out);
    EXPECT_NEAR(size.width * size.height, 1600, 25) << index;
    const double root = std::sqrt(size.width / size.height);
    const double angle = std::atan(root - 1 / root) * 180 / CV_PI;
    EXPECT_LT(angle, 21) << index;
    largest = std::max(largest, angle);
    EXPECT_TRUE(equal(channel(out, 0) >= 128, channel(out, 3))) << index;
  }
  EXPECT_GT(largest, 15);
}

TEST(AugmentShape, MirrorsTheBorderWithItsProbability) {
  AugmentOptions options;
  options.scale_low = options.scale_high = 0.5;
  const cv::Mat plain = make_plain(64, 64, cv::Scalar(90, 80, 70), 255);
  EXPECT_EQ(run(plain, options, 0).at<cv::Vec4b>(2, 2), cv::Vec4b(0, 0, 0, 0));
  options.reflect = 1;
  EXPECT_TRUE(equal(run(plain, options, 0), plain));
  options.reflect = 0.5;
  int mirrored = 0;
  for (std::uint64_t index = 0; index < 100; ++index) {
    mirrored += run(plain, options, index).at<cv::Vec4b>(2, 2)[0] == 90 ? 1 : 0;
  }
  EXPECT_NEAR(mirrored, 50, 20);
}

TEST(AugmentShape, GivesAPartAsItIsInTheWhole) {
  AugmentOptions options = augment_policy("lite");
  options.brightness = options.contrast = options.saturation = 0;
  options.shear = 10;
  const cv::Mat scene = make_scene(90, 70);
  const SampleKey key{4, 5, 6};
  SplitMix64 random = stream(key, Change::first);
  const Geometry geometry = draw_geometry(options, 120.0 / 100, key, random);
  cv::Mat whole(100, 120, CV_8UC4);
  apply_geometry(scene, geometry, options, random, whole);
  const cv::Rect place(30, 20, 50, 40);
  cv::Mat part;
  apply_geometry(scene, geometry, whole.size(), place, part);
  // OpenCV interpolates at 1/32 of a pixel: an offset may fall on the other side of a step.
  EXPECT_LE(cv::norm(channel(part, 1), channel(whole(place), 1), cv::NORM_INF), 3);
  EXPECT_LE(cv::countNonZero(channel(part, 3) != channel(whole(place), 3)), 10);
}

}  // namespace
}  // namespace bcnet::data
