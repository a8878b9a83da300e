#include "infer/upsampled_logits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace bcnet::infer {
namespace {

cv::Mat noise(int width, int height) {
  cv::Mat values(height, width, CV_32FC1);
  cv::RNG random(7);
  random.fill(values, cv::RNG::NORMAL, 0, 4);
  return values;
}

// Expected: cv::resize with INTER_LINEAR, OpenCV 4.6, which keeps places in float32: up to 3e-6 of
// a pixel, where neighbours here differ by up to 25.
TEST(UpsampledLogits, AreThoseOfOpencv) {
  const cv::Mat logits = noise(44, 36);
  for (const cv::Size size :
       {cv::Size(44, 36), cv::Size(45, 37), cv::Size(480, 270), cv::Size(20, 300),
        cv::Size(300, 20), cv::Size(1, 1), cv::Size(1, 200), cv::Size(7, 5)}) {
    cv::Mat expected;
    cv::resize(logits, expected, size, 0, 0, cv::INTER_LINEAR);
    UpsampledLogits upsampled(logits, size.width, size.height);
    const cv::Mat whole = upsampled.whole();
    EXPECT_LT(cv::norm(whole, expected, cv::NORM_INF), 1e-4) << size;

    cv::Mat mask(size, CV_8UC1);
    upsampled.threshold(0.5F, mask);
    EXPECT_EQ(cv::countNonZero(mask != (whole >= 0.5F)), 0) << size;
  }
}

// Most of a mask is decided by the network's own pixels; what is must be what every pixel by itself
// would be.
TEST(UpsampledLogits, GiveTheMaskOfEveryPixelWhereTheyAreSmooth) {
  cv::Mat logits = noise(88, 88);
  cv::GaussianBlur(logits, logits, {0, 0}, 5);
  logits(cv::Rect(0, 0, 30, 30)).setTo(0.25);   // the level itself
  logits(cv::Rect(40, 0, 30, 30)).setTo(-1e4);  // far from it
  logits(cv::Rect(60, 60, 20, 20)).setTo(std::nextafter(0.25F, 0.0F));
  for (const cv::Size size : {cv::Size(89, 87), cv::Size(640, 480), cv::Size(1921, 1079),
                              cv::Size(30, 700), cv::Size(700, 30), cv::Size(50, 40)}) {
    UpsampledLogits upsampled(logits, size.width, size.height);
    const cv::Mat whole = upsampled.whole();
    for (const float level : {0.25F, 0.0F, -0.1F}) {
      cv::Mat mask(size, CV_8UC1, cv::Scalar(7));
      upsampled.threshold(level, mask);
      EXPECT_EQ(cv::countNonZero(mask != (whole >= level)), 0) << size << " " << level;
    }
  }
}

TEST(UpsampledLogits, GivesAnyPart) {
  const cv::Mat logits = noise(30, 20);
  UpsampledLogits upsampled(logits, 211, 97);
  const cv::Mat whole = upsampled.whole();
  for (const cv::Rect rect :
       {cv::Rect(0, 0, 1, 1), cv::Rect(200, 90, 11, 7), cv::Rect(50, 3, 100, 80)}) {
    EXPECT_EQ(cv::norm(upsampled.part(rect), whole(rect), cv::NORM_INF), 0) << rect;
  }
}

TEST(UpsampledLogits, AtTheirOwnSizeAreThemselves) {
  const cv::Mat logits = noise(30, 20);
  EXPECT_EQ(cv::norm(UpsampledLogits(logits, 30, 20).whole(), logits, cv::NORM_INF), 0);
}

TEST(UpsampledLogits, OfOnePixelAreThatPixel) {
  const cv::Mat one(1, 1, CV_32FC1, cv::Scalar(-2.5));
  UpsampledLogits upsampled(one, 9, 4);
  EXPECT_EQ(cv::countNonZero(upsampled.whole() != -2.5), 0);
}

}  // namespace
}  // namespace bcnet::infer
