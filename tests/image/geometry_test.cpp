#include "image/geometry.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace bcnet {
namespace {

TEST(ResizeImage, AveragesAreasWhereItShrinks) {
  const cv::Mat image = (cv::Mat_<std::uint8_t>(2, 4) << 0, 10, 100, 200, 20, 30, 100, 0);
  const cv::Mat small = resize_image(image, 2, 1);
  EXPECT_EQ(small.at<std::uint8_t>(0, 0), 15);
  EXPECT_EQ(small.at<std::uint8_t>(0, 1), 100);
}

// OpenCV's own filter is the independent one.
TEST(ResizeImage, ShrinksAsOpenCvDoes) {
  cv::RNG random(3);
  for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4}) {
    for (const cv::Size from : {cv::Size(97, 61), cv::Size(70, 64), cv::Size(33, 200)}) {
      cv::Mat image(from, type);
      random.fill(image, cv::RNG::UNIFORM, 0, 256);
      for (const cv::Size to : {cv::Size(32, 32), cv::Size(33, 61), cv::Size(1, 1)}) {
        if (to.width > from.width || to.height > from.height) {
          continue;
        }
        cv::Mat expected;
        cv::resize(image, expected, to, 0, 0, cv::INTER_AREA);
        const cv::Mat found = resize_image(image, to.width, to.height);
        EXPECT_LE(cv::norm(found, expected, cv::NORM_INF), 1) << from << to << type;
        // Beyond the last bit of a rounding they agree.
        EXPECT_LE(cv::norm(found, expected, cv::NORM_L1), 0.02 * expected.total()) << from << to;
      }
    }
  }
}

TEST(ResizeImage, InterpolatesWhereItGrows) {
  const cv::Mat image = (cv::Mat_<float>(1, 2) << 0, 8);
  const cv::Mat large = resize_image(image, 4, 1);
  // Pixel centres at 0.25, 0.75, 1.25, 1.75 of the source, held at its ends.
  const cv::Mat expected = (cv::Mat_<float>(1, 4) << 0, 2, 6, 8);
  EXPECT_LT(cv::norm(large, expected, cv::NORM_INF), 1e-6);
}

TEST(ResizeImage, GrowsFromOnePixelAndCopiesAtEqualSize) {
  const cv::Mat one(1, 1, CV_8UC3, cv::Scalar(5, 6, 7));
  const cv::Mat large = resize_image(one, 32, 64);
  EXPECT_EQ(large.size(), cv::Size(32, 64));
  EXPECT_EQ(large.at<cv::Vec3b>(63, 31), cv::Vec3b(5, 6, 7));
  const cv::Mat same = resize_image(one, 1, 1);
  EXPECT_NE(same.data, one.data);
}

// Places as in Pillow's NEAREST: floor((x + 0.5) * 5 / 3) = 0, 2, 4.
TEST(ResizeMask, TakesThePixelAtTheCentre) {
  const cv::Mat mask = (cv::Mat_<std::uint8_t>(1, 5) << 1, 2, 3, 4, 5);
  const cv::Mat small = resize_mask(mask, 3, 1);
  const cv::Mat expected = (cv::Mat_<std::uint8_t>(1, 3) << 1, 3, 5);
  EXPECT_EQ(cv::norm(small, expected, cv::NORM_INF), 0);
}

TEST(Fitted, KeepsTheProportions) {
  EXPECT_EQ(fitted({1920, 1080}, 160), cv::Size(160, 90));
  EXPECT_EQ(fitted({300, 600}, 1200), cv::Size(600, 1200));
  EXPECT_EQ(fitted({5000, 1}, 100), cv::Size(100, 1));
}

TEST(Scaled, GrowsToWholePixels) {
  EXPECT_EQ(scaled({10, 20, 30, 40}, {100, 100}, {50, 200}), cv::Rect(5, 40, 15, 80));
  EXPECT_EQ(scaled({1, 1, 1, 1}, {3, 3}, {4, 4}), cv::Rect(1, 1, 2, 2));
  EXPECT_EQ(scaled({0, 0, 3, 3}, {3, 3}, {7, 7}), cv::Rect(0, 0, 7, 7));
}

}  // namespace
}  // namespace bcnet
