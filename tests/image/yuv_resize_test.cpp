#include "image/yuv_resize.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "image/geometry.h"

namespace bcnet {
namespace {

constexpr int values[5][3] = {
    {16, 128, 128}, {235, 128, 128}, {120, 100, 170}, {60, 140, 150}, {200, 90, 200}};

struct Case {
  YuvMatrix matrix;
  bool full_range;
  int rgb[5][3];
};

// NumPy: the inverse of the matrix that makes luma and chroma of RGB, rounded.
const std::vector<Case> cases{
    {YuvMatrix::bt709,
     false,
     {{0, 0, 0}, {255, 255, 255}, {196, 105, 62}, {91, 37, 77}, {255, 184, 134}}},
    {YuvMatrix::bt709,
     true,
     {{16, 16, 16}, {235, 235, 235}, {186, 106, 68}, {95, 47, 82}, {255, 173, 129}}},
    {YuvMatrix::bt601,
     false,
     {{0, 0, 0}, {255, 255, 255}, {188, 98, 65}, {86, 29, 75}, {255, 171, 138}}},
    {YuvMatrix::bt2020,
     false,
     {{0, 0, 0}, {255, 255, 255}, {192, 99, 61}, {88, 35, 77}, {255, 175, 133}}},
    {YuvMatrix::bt601,
     true,
     {{16, 16, 16}, {235, 235, 235}, {179, 100, 70}, {91, 40, 81}, {255, 162, 133}}},
};

TEST(Yuv, IsTheColourThatTheStandardsSay) {
  for (const Case& one : cases) {
    for (int i = 0; i < 5; ++i) {
      const auto y = static_cast<std::uint8_t>(values[i][0]);
      const auto u = static_cast<std::uint8_t>(values[i][1]);
      const auto v = static_cast<std::uint8_t>(values[i][2]);
      const YuvView view{&y, &u, &v, 1, 1, 1, 1, 1, one.matrix, one.full_range};
      const cv::Vec3b rgb = evenly_spaced_rgb(view, {1, 1}).at<cv::Vec3b>(0, 0);
      for (int channel = 0; channel < 3; ++channel) {
        EXPECT_EQ(rgb[channel], one.rgb[i][channel]) << i << " " << channel;
      }
    }
  }
}

/// A picture of odd sides with smooth colours, its planes in all three orders.
class Planes : public testing::Test {
 protected:
  static constexpr int width = 123;
  static constexpr int height = 77;

  Planes() : y_(height, width), u_(39, 62), v_(39, 62), in_turn_(39, 62), turned_(39, 62) {
    for (int row = 0; row < height; ++row) {
      for (int x = 0; x < width; ++x) {
        y_(row, x) = static_cast<std::uint8_t>(40 + row + x / 2);
      }
    }
    for (int row = 0; row < u_.rows; ++row) {
      for (int x = 0; x < u_.cols; ++x) {
        u_(row, x) = static_cast<std::uint8_t>(100 + row);
        v_(row, x) = static_cast<std::uint8_t>(150 + x / 2);
        in_turn_(row, x) = {u_(row, x), v_(row, x)};
        turned_(row, x) = {v_(row, x), u_(row, x)};
      }
    }
  }

  YuvView i420() const { return {y_.data, u_.data, v_.data, 123, 62, 1, width, height}; }
  YuvView nv12() const {
    return {y_.data, in_turn_.data, in_turn_.data + 1, 123, 124, 2, width, height};
  }
  YuvView nv21() const {
    return {y_.data, turned_.data + 1, turned_.data, 123, 124, 2, width, height};
  }

  cv::Mat1b y_, u_, v_;
  cv::Mat2b in_turn_, turned_;
};

TEST_F(Planes, GiveTheSamePictureInEveryOrder) {
  YuvBuffers buffers;
  cv::Mat planar;
  cv::Mat other;
  resize_yuv(part_of(i420(), {2, 4, 120, 72}), 48, 48, buffers, planar);
  resize_yuv(part_of(nv12(), {2, 4, 120, 72}), 48, 48, buffers, other);
  EXPECT_EQ(cv::norm(planar, other, cv::NORM_INF), 0);
  resize_yuv(part_of(nv21(), {2, 4, 120, 72}), 48, 48, buffers, other);
  EXPECT_EQ(cv::norm(planar, other, cv::NORM_INF), 0);
}

TEST_F(Planes, AreResizedAsThePictureWouldBe) {
  const cv::Mat whole = evenly_spaced_rgb(nv12(), {width, height});
  YuvBuffers buffers;
  cv::Mat rgb;
  for (const cv::Rect& part : {cv::Rect(0, 0, width, height), cv::Rect(10, 20, 100, 50)}) {
    for (const cv::Size& size : {cv::Size(48, 32), cv::Size(width, height), cv::Size(200, 160)}) {
      resize_yuv(part_of(nv12(), part), size.width, size.height, buffers, rgb);
      const cv::Mat expected = resize_image(whole(part), size.width, size.height);
      EXPECT_LE(cv::norm(rgb, expected, cv::NORM_INF), 4) << part << size;
      EXPECT_LE(cv::norm(rgb, expected, cv::NORM_L1) / static_cast<double>(3 * rgb.total()), 0.8);
    }
  }
}

}  // namespace
}  // namespace bcnet
