#include "data/check/twins.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/check/duplicates.h"
#include "data/synth.h"
#include "image/codec.h"

namespace bcnet::data {
namespace {

constexpr std::size_t originals = 12;

/// Twelve different pictures, then these.
std::vector<Signature> signatures_with(const std::vector<cv::Mat>& more) {
  std::vector<Signature> result;
  for (std::size_t i = 0; i < originals; ++i) {
    result.push_back(make_signature(draw_synthetic(5, i).image));
  }
  for (const cv::Mat& image : more) {
    result.push_back(make_signature(image));
  }
  return result;
}

std::vector<Twins> find(const std::vector<Signature>& signatures) {
  return find_twins(
      signatures, [](std::size_t) {}, [] {});
}

cv::Mat original() { return draw_synthetic(5, 4).image; }

/// The one pair found is the fifth picture and the added one.
void expect_copy(const cv::Mat& copy, bool mirrored) {
  const auto found = find(signatures_with({copy}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, 4U);
  EXPECT_EQ(found[0].second, originals);
  EXPECT_GE(found[0].similarity, copy_similarity);
  EXPECT_EQ(found[0].mirrored, mirrored);
}

TEST(FindTwins, FindsNoneAmongDifferentPictures) { EXPECT_TRUE(find(signatures_with({})).empty()); }

TEST(FindTwins, FindsAPictureAfterCompression) {
  expect_copy(jpeg_round_trip(original(), 40), false);
}

TEST(FindTwins, FindsAPictureOfAnotherSizeAndShape) {
  cv::Mat copy;
  cv::resize(original(), copy, {352, 352}, 0, 0, cv::INTER_AREA);
  expect_copy(copy, false);
}

TEST(FindTwins, FindsACutPicture) {
  const cv::Mat image = original();
  expect_copy(
      image(cv::Rect(image.cols / 12, image.rows / 20, image.cols * 5 / 6, image.rows * 9 / 10))
          .clone(),
      false);
}

TEST(FindTwins, FindsAMirroredPictureBothWays) {
  cv::Mat copy;
  cv::flip(original(), copy, 1);
  expect_copy(copy, true);
  cv::flip(original(), copy, 0);
  expect_copy(copy, true);
}

TEST(FindTwins, LeavesTheSignaturesAsTheyAre) {
  cv::Mat copy;
  cv::flip(original(), copy, 1);
  const auto signatures = signatures_with({copy, copy});
  std::vector<cv::Mat> before;
  for (const Signature& signature : signatures) {
    before.push_back(signature.thumbnail.clone());
  }
  EXPECT_EQ(find(signatures).size(), 3U);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(cv::norm(before[i], signatures[i].thumbnail, cv::NORM_INF), 0) << i;
  }
}

TEST(FindTwins, TellsAMomentLaterFromACopy) {
  const cv::Mat image = original();
  cv::Mat later;
  const cv::Point2f middle(static_cast<float>(image.cols) / 2, static_cast<float>(image.rows) / 2);
  cv::Mat move = cv::getRotationMatrix2D(middle, 5, 1.08);
  cv::warpAffine(image, later, move, image.size(), cv::INTER_LINEAR, cv::BORDER_REFLECT);
  // Tissue gives way: rows slide over each other in a slow wave.
  cv::Mat map_x(image.size(), CV_32F);
  cv::Mat map_y(image.size(), CV_32F);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const double wave =
          0.012 * image.cols * std::sin(6.0 * y / image.rows + 4.0 * x / image.cols);
      map_x.at<float>(y, x) = static_cast<float>(x + wave);
      map_y.at<float>(y, x) = static_cast<float>(y - wave);
    }
  }
  cv::remap(later, later, map_x, map_y, cv::INTER_LINEAR, cv::BORDER_REFLECT);
  const auto found = find(signatures_with({later}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, 4U);
  EXPECT_GE(found[0].similarity, scene_similarity);
  EXPECT_LT(found[0].similarity, copy_similarity);
}

TEST(FindTwins, TakesFlatAndTinyPictures) {
  const auto signatures = signatures_with(
      {cv::Mat(50, 60, CV_8UC3, cv::Scalar(9, 9, 9)), cv::Mat(50, 60, CV_8UC3, cv::Scalar(8, 8, 8)),
       cv::Mat(1, 1, CV_8UC3, cv::Scalar(1, 2, 3)), cv::Mat(1, 700, CV_8UC3)});
  EXPECT_TRUE(find(signatures).empty());
}

TEST(CheckExactDuplicates, IsAnErrorAcrossSplitsAlone) {
  const auto findings = check_exact_duplicates({{"a", "train", "1"},
                                                {"b", "train", "1"},
                                                {"c", "train", "2"},
                                                {"d", "test", "2"},
                                                {"e", "test", "3"}});
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].files, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(findings[1].severity, Severity::error);
  EXPECT_EQ(findings[1].files, (std::vector<std::string>{"c", "d"}));
}

}  // namespace
}  // namespace bcnet::data
