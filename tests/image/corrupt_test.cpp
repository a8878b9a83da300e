#include "image/corrupt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <set>

#include "corruption_samples.h"
#include "image/codec.h"
#include "support/error_of.h"

namespace bcnet {
namespace {

using ::testing::HasSubstr;

bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

class EachCorruption : public ::testing::TestWithParam<Corruption> {
 protected:
  static CorruptedPair at(int strength, std::uint64_t seed = 1, const std::string& name = "a.jpg") {
    return corrupt(mucosa(), disc(), GetParam(), strength, seed, name);
  }
};

TEST_P(EachCorruption, ChangesTheImageMoreAtEachStrength) {
  const cv::Mat image = mucosa();
  double before = 0;
  for (int strength = 1; strength <= corruption_strengths; ++strength) {
    const CorruptedPair pair = corrupt(image, disc(), GetParam(), strength, 1, "a.jpg");
    const cv::Mat& changed = pair.image;
    EXPECT_EQ(changed.size(), image.size());
    EXPECT_EQ(changed.type(), image.type());
    const double difference = cv::norm(changed, image, cv::NORM_L1);
    EXPECT_GT(difference, before) << strength;
    before = difference;
  }
  EXPECT_TRUE(same(image, mucosa()));
}

TEST_P(EachCorruption, IsAFunctionOfSeedAndName) {
  const CorruptedPair first = at(2);
  EXPECT_TRUE(same(first.image, at(2).image));
  EXPECT_TRUE(same(first.mask, at(2).mask));
  // Neither the folder nor the extension counts: the data set's layout changes nothing.
  EXPECT_TRUE(same(first.image, at(2, 1, "validation/images/a.png").image));
  static const std::set<std::string> random{"motion_blur", "noise", "color_cast", "highlights",
                                            "occlusion"};
  if (random.count(GetParam().name) > 0) {
    EXPECT_FALSE(same(first.image, at(2, 2).image));
    EXPECT_FALSE(same(first.image, at(2, 1, "b.jpg").image));
  }
}

TEST_P(EachCorruption, MovesTheMaskOnlyWhereTheImageMoves) {
  EXPECT_EQ(same(at(3).mask, disc()), GetParam().name != "rotation");
}

TEST_P(EachCorruption, TakesSmallAndLyingPictures) {
  for (const cv::Size size : {cv::Size(32, 32), cv::Size(90, 40), cv::Size(33, 71)}) {
    const cv::Mat image = cv::Mat(mucosa(), cv::Rect({}, size));
    const CorruptedPair result =
        corrupt(image, cv::Mat(disc(), cv::Rect({}, size)), GetParam(), 3, 0, "x");
    EXPECT_EQ(result.image.size(), size);
    EXPECT_EQ(result.mask.size(), size);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachCorruption, ::testing::ValuesIn(corruptions()),
                         [](const auto& tested) { return tested.param.name; });

TEST(Corrupt, RotationTurnsImageAndMaskAlike) {
  const Corruption rotation = find_corruptions({"rotation"}, "--corrupt").at(0);
  const cv::Mat mask = disc();
  cv::Mat image;
  cv::cvtColor(mask, image, cv::COLOR_GRAY2RGB);
  std::set<bool> sides;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const CorruptedPair turned = corrupt(image, mask, rotation, 3, seed, "x");
    cv::Mat grey;
    cv::cvtColor(turned.image, grey, cv::COLOR_RGB2GRAY);
    const cv::Mat seen = grey >= 128;
    const double both = cv::countNonZero(seen & turned.mask);
    EXPECT_GT(both / cv::countNonZero(seen | turned.mask), 0.97);
    EXPECT_EQ(cv::countNonZero(turned.mask == 255), cv::countNonZero(turned.mask));
    EXPECT_NEAR(cv::countNonZero(turned.mask), cv::countNonZero(mask), 60);
    const cv::Moments moments = cv::moments(turned.mask, true);
    sides.insert(moments.m01 / moments.m00 > 60);
  }
  EXPECT_EQ(sides.size(), 2U);  // both directions
}

// The codec's own test pins decoding; here, that the strength is JPEG's quality.
TEST(Corrupt, JpegIsARoundTripThroughTheCodec) {
  const Corruption jpeg = find_corruptions({"jpeg"}, "--corrupt").at(0);
  EXPECT_TRUE(same(corrupt(mucosa(), disc(), jpeg, 2, 0, "x").image,
                   jpeg_round_trip(mucosa(), static_cast<int>(jpeg.values[1]))));
}

TEST(Corrupt, LengthsScaleWithThePicture) {
  const Corruption blur = find_corruptions({"blur"}, "--corrupt").at(0);
  const auto contrast_left = [&](int side) {  // of a pattern whose period is 1/16 of the side
    cv::Mat image(side, side, CV_8UC3);
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const double wave = std::sin(x * 16 * 2 * 3.14159265 / side);
        image.at<cv::Vec3b>(y, x) =
            cv::Vec3b::all(cv::saturate_cast<std::uint8_t>(128 + 100 * wave));
      }
    }
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(corrupt(image, cv::Mat(image.size(), CV_8UC1), blur, 2, 0, "x").image, mean,
                   deviation);
    return deviation[0];
  };
  EXPECT_NEAR(contrast_left(352) / contrast_left(704), 1, 0.05);
}

TEST(FindCorruptions, KeepsTheirOrderAndTakesAll) {
  EXPECT_EQ(find_corruptions({"all"}, "--corrupt").size(), 10U);
  EXPECT_EQ(find_corruptions({"jpeg", "all"}, "--corrupt").size(), 10U);
  const auto two = find_corruptions({"rotation", "blur", "blur"}, "--corrupt");
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].name, "blur");
  EXPECT_EQ(two[1].name, "rotation");
}

TEST(FindCorruptions, ListsWhatIsAllowed) {
  EXPECT_THAT(test::error_of(ErrorKind::usage, [] { find_corruptions({"fog"}, "--corrupt"); }),
              HasSubstr("--corrupt: found 'fog', allowed are all, blur, motion_blur"));
  EXPECT_THAT(test::error_of(ErrorKind::usage,
                             [] { corrupt(mucosa(), disc(), corruptions()[0], 4, 0, "x"); }),
              HasSubstr("found 4, 1..3"));
}

}  // namespace
}  // namespace bcnet
