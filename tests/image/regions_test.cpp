#include "image/regions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace bcnet {
namespace {

TEST(FindRegions, DescribesEachPieceTheLargestFirst) {
  cv::Mat mask(40, 50, CV_8UC1, cv::Scalar(0));
  mask(cv::Rect(2, 3, 5, 4)).setTo(255);
  mask(cv::Rect(20, 10, 10, 20)).setTo(1);
  cv::Mat probability(mask.size(), CV_32FC1, cv::Scalar(0.1));
  probability(cv::Rect(2, 3, 5, 4)).setTo(0.75);
  probability(cv::Rect(20, 10, 10, 10)).setTo(0.5);
  probability(cv::Rect(20, 20, 10, 10)).setTo(1.0);

  const auto regions = find_regions(mask, probability);
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].box, cv::Rect(20, 10, 10, 20));
  EXPECT_EQ(regions[0].area_px, 200);
  EXPECT_DOUBLE_EQ(regions[0].area_percent, 10);
  EXPECT_NEAR(regions[0].confidence, 0.75, 1e-6);
  EXPECT_EQ(regions[1].box, cv::Rect(2, 3, 5, 4));
  EXPECT_DOUBLE_EQ(regions[1].area_percent, 1);
  EXPECT_NEAR(regions[1].confidence, 0.75, 1e-6);
  const std::vector<cv::Point> corners{{2, 3}, {2, 6}, {6, 6}, {6, 3}};
  EXPECT_TRUE(std::is_permutation(corners.begin(), corners.end(), regions[1].polygon.begin(),
                                  regions[1].polygon.end()));
}

TEST(FindRegions, JoinsPiecesThatTouchAtACorner) {
  const cv::Mat mask = (cv::Mat_<std::uint8_t>(2, 4) << 1, 0, 0, 0, 0, 1, 0, 1);
  const auto regions = find_regions(mask);
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].area_px, 2);
  EXPECT_EQ(regions[0].confidence, 0);
}

TEST(FindRegions, CountsNoHoleAndOutlinesWithoutIt) {
  cv::Mat mask(9, 9, CV_8UC1, cv::Scalar(255));
  mask(cv::Rect(3, 3, 3, 3)).setTo(0);
  const auto regions = find_regions(mask);
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_EQ(regions[0].area_px, 72);
  EXPECT_EQ(regions[0].polygon.size(), 4U);
}

// Labelling pixel by pixel is the independent way.
TEST(FindRegions, AgreesWithLabels) {
  cv::RNG random(7);
  for (int round = 0; round < 40; ++round) {
    cv::Mat noise(60, 80, CV_8UC1);
    random.fill(noise, cv::RNG::UNIFORM, 0, 256);
    if (round % 2 == 0) {
      cv::GaussianBlur(noise, noise, {0, 0}, 2);  // blobs with holes, and blobs in holes
    }
    const cv::Mat mask = noise > 128;
    cv::Mat labels, stats, centroids;
    const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8, CV_32S);
    cv::Mat probability(mask.size(), CV_32FC1);
    random.fill(probability, cv::RNG::UNIFORM, 0, 1);
    const auto regions = find_regions(mask, probability);
    ASSERT_EQ(regions.size(), static_cast<std::size_t>(count - 1));
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const cv::Mat inside = labels == labels.at<int>(regions[i].polygon[0]);
      EXPECT_EQ(i == 0 || regions[i - 1].area_px >= regions[i].area_px, true);
      EXPECT_EQ(regions[i].area_px, cv::countNonZero(inside));
      EXPECT_EQ(regions[i].box, cv::boundingRect(inside));
      EXPECT_NEAR(regions[i].confidence, cv::mean(probability, inside)[0], 1e-6);
    }
  }
}

TEST(FindRegions, AsksForProbabilitiesAFewRowsAtATime) {
  cv::Mat mask(500, 300, CV_8UC1, cv::Scalar(0));
  cv::ellipse(mask, {150, 250}, {100, 240}, 0, 0, 360, cv::Scalar(255), cv::FILLED);
  cv::Mat probability(mask.size(), CV_32FC1);
  cv::randu(probability, 0, 1);
  int next = -1;
  const auto regions = find_regions(mask, [&](const cv::Rect& rect) {
    EXPECT_TRUE(next < 0 || rect.y == next) << rect;
    EXPECT_LE(rect.height, 16);
    next = rect.y + rect.height;
    return probability(rect);
  });
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_EQ(next, regions[0].box.br().y);
  EXPECT_NEAR(regions[0].confidence, cv::mean(probability, mask)[0], 1e-6);
}

TEST(FindRegions, FindsNoneInAnEmptyMask) {
  EXPECT_TRUE(find_regions(cv::Mat(5, 5, CV_8UC1, cv::Scalar(0))).empty());
}

}  // namespace
}  // namespace bcnet
