#include "data/check/masks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

namespace bcnet::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

cv::Mat disc() {
  cv::Mat mask(100, 100, CV_8UC1, cv::Scalar(0));
  cv::circle(mask, {50, 50}, 20, cv::Scalar(255), cv::FILLED);
  return mask;
}

MaskFacts look(const cv::Mat& grey, bool lossless = true) {
  const MaskValues values{grey, lossless};
  return look_at_mask(values, binarise_mask(values));
}

std::vector<FindingKind> kinds(const cv::Mat& grey) {
  std::vector<FindingKind> result;
  for (const Finding& finding : check_mask(look(grey), "masks/1.png")) {
    EXPECT_EQ(finding.severity, Severity::warning);
    EXPECT_THAT(finding.files, ElementsAre("masks/1.png"));
    result.push_back(finding.kind);
  }
  return result;
}

TEST(CheckMask, SaysNothingOfADisc) {
  EXPECT_THAT(kinds(disc()), IsEmpty());
  EXPECT_FALSE(look(disc()).uneven);
}

TEST(CheckMask, TakesTwoValuesForAMaskWhateverTheyAre) {
  EXPECT_THAT(kinds(disc() / 255), IsEmpty());
  EXPECT_THAT(kinds(disc() / 2), IsEmpty());
  cv::Mat wide;
  disc().convertTo(wide, CV_16U, 257);
  EXPECT_THAT(kinds(wide), IsEmpty());
}

TEST(CheckMask, FindsEmptyAndFullMasks) {
  EXPECT_THAT(kinds(cv::Mat(9, 9, CV_8UC1, cv::Scalar(0))), ElementsAre(FindingKind::empty_mask));
  EXPECT_THAT(kinds(cv::Mat(9, 9, CV_8UC1, cv::Scalar(255))), ElementsAre(FindingKind::full_mask));
  // Labels 1 and 2 beside 0 are far below half of 255.
  cv::Mat labels = disc() / 255;
  labels.at<unsigned char>(50, 50) = 2;
  const auto findings = check_mask(look(labels), "masks/1.png");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].kind, FindingKind::empty_mask);
  EXPECT_THAT(findings[0].message, HasSubstr("0 to 2 of 255"));
}

TEST(CheckMask, SaysOfEachKindOfEmptyMaskWhatWouldFillIt) {
  MaskFacts facts;
  facts.highest = 255;
  EXPECT_THAT(check_mask(facts, "m").at(0).advice, HasSubstr("draw it with 255"));
  facts.meaning = MaskMeaning::alpha;
  const Finding clear = check_mask(facts, "m").at(0);
  EXPECT_THAT(clear.message, HasSubstr("nothing is at least half opaque"));
  EXPECT_THAT(clear.advice, StartsWith("Right for an image without polyp"));
  facts.meaning = MaskMeaning::index;
  EXPECT_THAT(check_mask(facts, "m").at(0).advice, StartsWith("Right for an image without polyp"));
}

TEST(CheckMask, FindsSpecksAndPinholes) {
  cv::Mat specks = disc();
  cv::Mat holes = disc();
  for (int i = 0; i < 5; ++i) {
    specks.at<unsigned char>(5, 10 + 10 * i) = 255;
    holes.at<unsigned char>(50, 40 + 4 * i) = 0;
  }
  EXPECT_THAT(kinds(specks), ElementsAre(FindingKind::speckled_mask));
  EXPECT_THAT(kinds(holes), ElementsAre(FindingKind::speckled_mask));
  cv::Mat few = disc();
  few.at<unsigned char>(5, 5) = 255;
  EXPECT_THAT(kinds(few), IsEmpty());
}

TEST(CheckMask, FindsMoreThanOnePercentOfValuesInBetween) {
  cv::Mat grey = disc();
  grey.row(0).setTo(100);  // 1% of the pixels
  EXPECT_THAT(kinds(grey), IsEmpty());
  EXPECT_TRUE(look(grey).uneven);
  grey.at<unsigned char>(1, 0) = 100;
  EXPECT_THAT(kinds(grey), ElementsAre(FindingKind::mask_values));
}

TEST(CheckMaskValues, IsOneLineForAll) {
  EXPECT_THAT(check_mask_values(0, 9), IsEmpty());
  const auto findings = check_mask_values(3, 9);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].files, IsEmpty());
  EXPECT_THAT(findings[0].message, HasSubstr("3 of 9 masks"));
}

}  // namespace
}  // namespace bcnet::data
