#include "data/check/placement.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "data/synth.h"

namespace bcnet::data {
namespace {

/// A bright disc on brown, off the middle.
struct Scene {
  cv::Mat image{200, 300, CV_8UC3, cv::Scalar(120, 60, 40)};
  cv::Mat mask{200, 300, CV_8UC1, cv::Scalar(0)};

  Scene() {
    cv::circle(mask, {90, 70}, 40, cv::Scalar(255), cv::FILLED);
    image.setTo(cv::Scalar(200, 120, 100), mask);
  }
};

TEST(EdgeAgreement, IsHighForAMaskOnItsEdges) {
  const Scene scene;
  EXPECT_GT(edge_agreement(scene.image, scene.mask).value(), 2);
}

TEST(EdgeAgreement, IsLowForAMaskThatWasMirroredTurnedOrShifted) {
  const Scene scene;
  cv::Mat moved;
  for (const int code : {-1, 0, 1}) {
    cv::flip(scene.mask, moved, code);
    const double agreement = edge_agreement(scene.image, moved).value();
    EXPECT_LT(agreement, 0.5) << code;
    EXPECT_EQ(check_placement(agreement, {"a", "b"}).size(), 1U);
  }
  const cv::Mat shift = (cv::Mat_<double>(2, 3) << 1, 0, 80, 0, 1, 30);
  cv::warpAffine(scene.mask, moved, shift, scene.mask.size());
  EXPECT_LT(edge_agreement(scene.image, moved).value(), 0.5);
}

TEST(EdgeAgreement, IsNoneWithoutABorder) {
  const Scene scene;
  EXPECT_FALSE(edge_agreement(scene.image, cv::Mat(200, 300, CV_8UC1, cv::Scalar(0))).has_value());
  EXPECT_FALSE(
      edge_agreement(scene.image, cv::Mat(200, 300, CV_8UC1, cv::Scalar(255))).has_value());
}

TEST(CheckPlacement, IsQuietOnPicturesLikePolyps) {
  for (std::uint64_t index = 0; index < 8; ++index) {
    const Pair pair = draw_synthetic(3, index);
    EXPECT_TRUE(check_placement(edge_agreement(pair.image, pair.mask).value(), {"a", "b"}).empty())
        << index;
  }
}

}  // namespace
}  // namespace bcnet::data
