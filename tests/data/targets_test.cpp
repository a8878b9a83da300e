#include "data/targets.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace bcnet::data {
namespace {

constexpr int width = 48;
constexpr int height = 40;

/// A disc that the upper edge cuts, and a corner.
cv::Mat make_mask() {
  cv::Mat mask(height, width, CV_8UC1, cv::Scalar(0));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool disc = (x - 20) * (x - 20) + (y - 8) * (y - 8) <= 100;
      mask.at<std::uint8_t>(y, x) = disc || (x > 40 && y > 30) ? 255 : 0;
    }
  }
  return mask;
}

std::size_t place(int y, int x) { return static_cast<std::size_t>(y * width + x); }

float row_sum(const std::vector<float>& values, int y) {
  const auto begin = values.begin() + y * width;
  return std::accumulate(begin, begin + width, 0.0F);
}

TEST(Normalize, IsTheChannelsOwnMeanAndDeviationOfUnitRgb) {
  cv::Mat pixels(1, 2, CV_8UC4, cv::Scalar(0, 0, 0, 0));
  pixels.at<cv::Vec4b>(0, 1) = {255, 128, 51, 7};
  std::vector<float> out(6);
  normalize(pixels, {0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}, out.data());
  EXPECT_NEAR(out[0], -0.485 / 0.229, 1e-6);
  EXPECT_NEAR(out[2], -0.406 / 0.225, 1e-6);
  EXPECT_NEAR(out[3], 0.515 / 0.229, 1e-6);
  EXPECT_NEAR(out[4], (128 / 255.0 - 0.456) / 0.224, 1e-6);
  EXPECT_NEAR(out[5], (0.2 - 0.406) / 0.225, 1e-6);
}

TEST(MaskTarget, IsZeroOrOne) {
  std::vector<float> out(width * height);
  mask_target(make_mask(), out.data());
  EXPECT_EQ(out[place(8, 20)], 1.0F);
  EXPECT_EQ(out[place(39, 0)], 0.0F);
  EXPECT_EQ(std::accumulate(out.begin(), out.end(), 0.0F), 370.0F);
}

// Reference: binary_dilation minus binary_erosion (border_value 1) of SciPy 1.17.1.
TEST(BoundaryTarget, AgreesWithScipy) {
  std::vector<float> out(width * height);
  boundary_target(make_mask(), 3, out.data());
  EXPECT_EQ(std::accumulate(out.begin(), out.end(), 0.0F), 163.0F);
  EXPECT_EQ(row_sum(out, 0), 6.0F);
  EXPECT_EQ(row_sum(out, 20), 0.0F);
  boundary_target(make_mask(), 5, out.data());
  EXPECT_EQ(std::accumulate(out.begin(), out.end(), 0.0F), 321.0F);
  const std::vector<std::pair<int, float>> rows{{0, 12}, {8, 10}, {20, 5}, {31, 9}, {39, 4}};
  for (const auto& [row, sum] : rows) {
    EXPECT_EQ(row_sum(out, row), sum) << row;
  }
}

// Reference: 1 + 5 * abs(F.avg_pool2d(mask, 31, stride=1, padding=15) - mask), PyTorch 2.13.0.
TEST(EdgeWeightTarget, AgreesWithPytorch) {
  std::vector<float> out(width * height);
  edge_weight_target(make_mask(), out.data());
  EXPECT_NEAR(out[place(0, 0)], 1.364203929901123, 1e-5);
  EXPECT_NEAR(out[place(8, 20)], 4.402705192565918, 1e-5);
  EXPECT_NEAR(out[place(8, 10)], 4.688865661621094, 1e-5);
  EXPECT_NEAR(out[place(20, 20)], 2.175858497619629, 1e-5);
  EXPECT_NEAR(out[place(39, 47)], 5.672216415405273, 1e-5);
  EXPECT_NEAR(out[place(35, 40)], 1.3277835845947266, 1e-5);
  EXPECT_NEAR(std::accumulate(out.begin(), out.end(), 0.0), 4081.8833, 0.01);
}

}  // namespace
}  // namespace bcnet::data
