#include "data/augment/pixels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "scene.h"

namespace bcnet::data {
namespace {

// Reference: the matrix written out in Filter Effects Module Level 1, section 9.6, at 90°.
TEST(HueRotation, IsThatOfTheStandard) {
  const cv::Matx33f turned = hue_rotation(90);
  const cv::Matx33f expected(0, 0, 1, 0.356F, 0.855F, -0.211F, -0.574F, 1.430F, 0.144F);
  EXPECT_LT(cv::norm(turned - expected), 1e-5);
  EXPECT_LT(cv::norm(hue_rotation(0) - cv::Matx33f::eye()), 1e-6);
  const cv::Vec3f grey(50, 50, 50);
  EXPECT_LT(cv::norm(hue_rotation(33) * grey - grey), 1e-3);
}

// Reference: the hue of OpenCV's HSV, which is another angle but goes the same way.
TEST(AugmentCamera, TurnsTheHueEitherWayWithinItsLimit) {
  AugmentOptions options;
  options.hue = 12;
  const cv::Mat plain = make_plain(16, 16, cv::Scalar(180, 100, 80), 255);
  const auto hue = [](const cv::Mat& pixels) {
    cv::Mat image;
    cv::cvtColor(pixels, image, cv::COLOR_RGBA2RGB);
    image.convertTo(image, CV_32FC3, 1.0 / 255);
    cv::cvtColor(image, image, cv::COLOR_RGB2HSV);
    const float angle = image.at<cv::Vec3f>(0, 0)[0];
    return angle > 180 ? angle - 360 : angle;
  };
  float low = 360;
  float high = -360;
  for (std::uint64_t index = 0; index < 60; ++index) {
    const cv::Mat out = run(plain, options, index);
    EXPECT_TRUE(equal(channel(out, 3), channel(plain, 3)));
    low = std::min(low, hue(out) - hue(plain));
    high = std::max(high, hue(out) - hue(plain));
  }
  EXPECT_LT(low, -6);
  EXPECT_GT(low, -18);
  EXPECT_GT(high, 6);
  EXPECT_LT(high, 18);
}

TEST(AugmentCamera, BendsByAPowerThatKeepsBlackAndWhite) {
  AugmentOptions options;
  options.gamma = 0.5;
  cv::Mat ramp(1, 256, CV_8UC4);
  for (int x = 0; x < 256; ++x) {
    ramp.at<cv::Vec4b>(0, x) = cv::Vec4b::all(static_cast<std::uint8_t>(x));
  }
  double lowest = 9;
  double highest = 0;
  for (std::uint64_t index = 0; index < 40; ++index) {
    const cv::Mat out = run(ramp, options, index);
    EXPECT_TRUE(equal(channel(out, 3), channel(ramp, 3)));
    EXPECT_EQ(out.at<cv::Vec4b>(0, 0)[0], 0);
    EXPECT_EQ(out.at<cv::Vec4b>(0, 255)[1], 255);
    const double exponent = std::log(out.at<cv::Vec4b>(0, 128)[0] / 255.0) / std::log(128 / 255.0);
    for (int x = 32; x < 256; x += 32) {
      EXPECT_NEAR(out.at<cv::Vec4b>(0, x)[2], 255 * std::pow(x / 255.0, exponent), 2) << index;
    }
    lowest = std::min(lowest, exponent);
    highest = std::max(highest, exponent);
  }
  EXPECT_GT(lowest, 1 / 1.52);
  EXPECT_LT(lowest, 0.8);
  EXPECT_LT(highest, 1.52);
  EXPECT_GT(highest, 1.3);
}

TEST(AugmentCamera, GivesEachChannelItsOwnGain) {
  AugmentOptions options;
  options.white_balance = 0.2;
  const cv::Mat plain = make_plain(8, 8, cv::Scalar(100, 100, 100), 255);
  bool different = false;
  for (std::uint64_t index = 0; index < 20; ++index) {
    const cv::Vec4b out = run(plain, options, index).at<cv::Vec4b>(3, 3);
    for (int c = 0; c < 3; ++c) {
      EXPECT_NEAR(out[c], 100, 20.5);
    }
    EXPECT_EQ(out[3], 255);
    different = different || std::abs(out[0] - out[2]) > 15;
  }
  EXPECT_TRUE(different);
}

TEST(AugmentNoise, HasTheDeviationThatItSaysAndNoMean) {
  AugmentOptions options;
  options.noise = 1;
  options.noise_sigma = 12;
  const cv::Mat plain = make_plain(200, 200, cv::Scalar(120, 120, 120), 255);
  double largest = 0;
  for (std::uint64_t index = 0; index < 20; ++index) {
    const cv::Mat out = run(plain, options, index);
    EXPECT_TRUE(equal(channel(out, 3), channel(plain, 3)));
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(out, mean, deviation);
    for (int c = 0; c < 3; ++c) {
      EXPECT_NEAR(mean[c], 120, 0.5);
      EXPECT_NEAR(deviation[c], deviation[0], 0.4 + 0.05 * deviation[0]);
      EXPECT_LT(deviation[c], 12.5);
    }
    largest = std::max(largest, deviation[0]);
    // Neither the rows nor the channels repeat each other.
    EXPECT_FALSE(deviation[0] > 1 && equal(channel(out, 0), channel(out, 1)));
    EXPECT_FALSE(deviation[0] > 1 && equal(out.row(10), out.row(11)));
  }
  EXPECT_GT(largest, 9);
}

TEST(AugmentJpeg, LosesDetailNotColourAndLeavesTheMask) {
  AugmentOptions options;
  options.jpeg = 1;
  options.jpeg_quality = 10;
  // Stripes of one pixel, which no coarse quantisation keeps, on a mask of stripes.
  cv::Mat stripes = make_plain(64, 64, cv::Scalar(90, 140, 60), 255);
  for (int x = 0; x < stripes.cols; x += 2) {
    stripes.col(x).setTo(cv::Scalar(150, 100, 120, 0));
  }
  const cv::Scalar before = cv::mean(stripes);
  double largest = 0;
  for (std::uint64_t index = 0; index < 10; ++index) {
    const cv::Mat out = run(stripes, options, index);
    EXPECT_TRUE(equal(channel(out, 3), channel(stripes, 3)));
    const cv::Scalar after = cv::mean(out);
    for (int c = 0; c < 3; ++c) {
      EXPECT_NEAR(after[c], before[c], 8) << c;  // half a step of quality 10
    }
    largest =
        std::max(largest, cv::norm(out, stripes, cv::NORM_L1) / static_cast<double>(out.total()));
  }
  EXPECT_GT(largest, 40);
  options.jpeg_quality = 100;
  const cv::Mat plain = make_plain(64, 64, cv::Scalar(90, 140, 60), 255);
  EXPECT_LE(cv::norm(run(plain, options, 0), plain, cv::NORM_INF), 1);
}

TEST(AugmentMotionBlur, SmearsAPointAlongOneLineAndKeepsItsLight) {
  AugmentOptions options;
  options.motion_blur = 1;
  options.motion_blur_length = 15;
  cv::Mat point = make_plain(41, 41, cv::Scalar(0, 0, 0));
  point.at<cv::Vec4b>(20, 20) = {255, 255, 255, 255};
  for (std::uint64_t index = 0; index < 20; ++index) {
    const cv::Mat out = run(point, options, index);
    EXPECT_TRUE(equal(channel(out, 3), channel(point, 3)));
    const cv::Mat smear = channel(out, 0);
    EXPECT_NEAR(cv::sum(smear)[0], 255, 17) << index;
    const cv::Rect box = cv::boundingRect(smear);
    EXPECT_LE(std::hypot(box.width - 1, box.height - 1), 16.5) << index;
    EXPECT_LE(cv::countNonZero(smear), std::max(box.width, box.height) + 1) << index;
  }
}

}  // namespace
TEST(AugmentGlare, BrightensOneLargeSpotByAtMostItsGain) {
  AugmentOptions options;
  options.glare = 1;
  options.glare_gain = 2.5;
  const cv::Mat plain = make_plain(120, 90, cv::Scalar(80, 40, 120), 255);
  double most = 0;
  int clipped = 0;
  for (std::uint64_t index = 0; index < 60; ++index) {
    const cv::Mat out = run(plain, options, index);
    EXPECT_TRUE(equal(channel(out, 3), channel(plain, 3)));
    double low = 0;
    double high = 0;
    cv::minMaxLoc(channel(out, 1), &low, &high);
    EXPECT_GE(low, 40);
    EXPECT_LE(high, 100);
    most = std::max(most, high);
    cv::Mat labels;
    EXPECT_LE(cv::connectedComponents(changed_colors(out, plain), labels), 2);
    clipped += cv::countNonZero(channel(out, 2) == 255) > 0 ? 1 : 0;
  }
  EXPECT_GT(most, 85);
  EXPECT_GT(clipped, 5);
}

}  // namespace bcnet::data
