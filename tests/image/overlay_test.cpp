#include "image/overlay.h"

#include <gtest/gtest.h>

namespace bcnet {
namespace {

TEST(DrawOverlay, TintsInsideOutlinesTheEdgeAndLeavesTheRest) {
  const cv::Mat image(60, 60, CV_8UC3, cv::Scalar(100, 100, 100));
  cv::Mat mask(60, 60, CV_8UC1, cv::Scalar(0));
  mask(cv::Rect(20, 20, 20, 20)).setTo(255);
  OverlayStyle style;
  style.color = cv::Scalar(0, 200, 40);
  style.tint = 0.5;
  style.outline = 1;
  const cv::Mat result = draw_overlay(image, mask, style);
  EXPECT_EQ(result.at<cv::Vec3b>(5, 5), cv::Vec3b(100, 100, 100));
  EXPECT_EQ(result.at<cv::Vec3b>(30, 30), cv::Vec3b(50, 150, 70));
  // The line is smoothed.
  EXPECT_LE(cv::norm(result.at<cv::Vec3b>(20, 30), cv::Vec3b(0, 200, 40), cv::NORM_INF), 20);
  EXPECT_EQ(image.at<cv::Vec3b>(30, 30), cv::Vec3b(100, 100, 100));
}

TEST(DrawOverlay, OutlinesHolesToo) {
  const cv::Mat image(60, 60, CV_8UC3, cv::Scalar(9, 9, 9));
  cv::Mat mask(60, 60, CV_8UC1, cv::Scalar(255));
  mask(cv::Rect(20, 20, 20, 20)).setTo(0);
  OverlayStyle style;
  style.color = cv::Scalar(0, 200, 40);
  style.tint = 0;
  style.outline = 1;
  const cv::Mat result = draw_overlay(image, mask, style);
  EXPECT_LE(cv::norm(result.at<cv::Vec3b>(30, 19), cv::Vec3b(0, 200, 40), cv::NORM_INF), 20);
  EXPECT_EQ(result.at<cv::Vec3b>(30, 30), cv::Vec3b(9, 9, 9));
}

TEST(DrawOverlay, LeavesAnImageWithoutForeground) {
  const cv::Mat image(8, 8, CV_8UC3, cv::Scalar(1, 2, 3));
  const cv::Mat result = draw_overlay(image, cv::Mat(8, 8, CV_8UC1, cv::Scalar(0)));
  EXPECT_EQ(cv::norm(result, image, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace bcnet
