#include "image/geometry.h"

#include <gtest/gtest.h>

namespace bcnet {
namespace {

TEST(ResizeImage, AveragesAreasWhereItShrinks) {
  const cv::Mat image = (cv::Mat_<std::uint8_t>(2, 4) << 0, 10, 100, 200, 20, 30, 100, 0);
  const cv::Mat small = resize_image(image, 2, 1);
  EXPECT_EQ(small.at<std::uint8_t>(0, 0), 15);
  EXPECT_EQ(small.at<std::uint8_t>(0, 1), 100);
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

}  // namespace
}  // namespace bcnet
