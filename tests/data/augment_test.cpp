#include "data/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "data/augment/scene.h"

namespace bcnet::data {
namespace {

/// An image whose red channel is the mask, green a ramp to the right and blue one downwards.
cv::Mat make_pair(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  cv::Mat mask(height, width, CV_8UC1, cv::Scalar(0));
  cv::ellipse(mask, {width / 3, height / 2}, {width / 5, height / 4}, 20, 0, 360, {255},
              cv::FILLED);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.at<cv::Vec3b>(y, x) = {mask.at<std::uint8_t>(y, x),
                                   static_cast<std::uint8_t>(40 + 200 * x / width),
                                   static_cast<std::uint8_t>(40 + 200 * y / height)};
    }
  }
  return join_mask(image, mask);
}

cv::Mat run(const AugmentOptions& options, std::uint64_t index, int width = 96, int height = 96,
            std::uint64_t seed = 1, std::uint64_t epoch = 2) {
  cv::Mat out;
  augment(make_pair(96, 96), width, height, options, seed, epoch, index, out);
  return out;
}

TEST(JoinMask, PutsTheMaskBehindTheColours) {
  const cv::Mat joined = join_mask(cv::Mat(1, 1, CV_8UC3, cv::Scalar(1, 2, 3)),
                                   cv::Mat(1, 1, CV_8UC1, cv::Scalar(255)));
  EXPECT_EQ(joined.at<cv::Vec4b>(0, 0), cv::Vec4b(1, 2, 3, 255));
}

TEST(Augment, ChangesNothingByDefault) {
  EXPECT_TRUE(equal(run({}, 0), make_pair(96, 96)));
  EXPECT_FALSE(AugmentOptions{}.warps());
}

TEST(Augment, LooksAwayFromThePolyp) {
  cv::Mat image(96, 96, CV_8UC3, cv::Scalar(200, 90, 80)), mask(96, 96, CV_8UC1, cv::Scalar(0));
  cv::circle(mask, {30, 40}, 15, {255}, cv::FILLED);
  const cv::Mat pair = join_mask(image, mask);
  AugmentOptions options;
  options.negative = 1;
  const auto made = [&](std::uint64_t index) {
    cv::Mat out;
    augment(pair, 96, 96, options, 1, 2, index, out);
    return out;
  };
  int empty = 0;
  for (std::uint64_t index = 0; index < 40; ++index) {
    const cv::Mat out = made(index);
    if (cv::countNonZero(channel(out, 3)) == 0) {
      ++empty;
      EXPECT_EQ(cv::countNonZero(channel(out, 1)), 96 * 96) << "a part of the image";
    } else {
      EXPECT_TRUE(equal(out, pair));  // no place was found: as it was
    }
  }
  EXPECT_GT(empty, 30);
  options.negative = 0.25;
  empty = 0;
  for (std::uint64_t index = 0; index < 400; ++index) {
    empty += cv::countNonZero(channel(made(index), 3)) == 0 ? 1 : 0;
  }
  EXPECT_NEAR(empty, 100, 30);
}

TEST(Augment, KeepsAPairThatIsAllPolyp) {
  const cv::Mat full = join_mask(cv::Mat(64, 64, CV_8UC3, cv::Scalar(200, 90, 80)),
                                 cv::Mat(64, 64, CV_8UC1, cv::Scalar(255)));
  AugmentOptions options;
  options.negative = 1;
  cv::Mat out;
  augment(full, 64, 64, options, 1, 1, 1, out);
  EXPECT_TRUE(equal(out, full));
}

TEST(Augment, IsAFunctionOfSeedEpochAndIndex) {
  const AugmentOptions strong = augment_policy("strong");
  EXPECT_TRUE(equal(run(strong, 3), run(strong, 3)));
  EXPECT_FALSE(equal(run(strong, 3), run(strong, 4)));
  EXPECT_FALSE(equal(run(strong, 3), run(strong, 3, 96, 96, 9)));
  EXPECT_FALSE(equal(run(strong, 3), run(strong, 3, 96, 96, 1, 9)));
}

TEST(Augment, MovesImageAndMaskTogether) {
  for (const std::string& name : augment_policy_names()) {
    AugmentOptions options = augment_policy(name);
    options.brightness = options.contrast = options.saturation = options.blur = 0;
    options.hue = options.gamma = options.white_balance = options.highlights = options.glare = 0;
    options.motion_blur = options.noise = options.box = options.dropout = 0;
    options.elastic = name == "strong" ? 1 : 0;
    for (std::uint64_t index = 0; index < 20; ++index) {
      const cv::Mat out = options.warps() ? run(options, index, 120, 88) : run(options, index);
      const cv::Mat from_image = channel(out, 0) >= 128;
      EXPECT_TRUE(equal(from_image, channel(out, 3))) << name << index;
      EXPECT_GT(cv::countNonZero(channel(out, 3)), 0) << name << index;
    }
  }
}

TEST(Augment, GivesOnlyTwoMaskValues) {
  for (std::uint64_t index = 0; index < 10; ++index) {
    const cv::Mat mask = channel(run(augment_policy("strong"), index), 3);
    EXPECT_EQ(cv::countNonZero(mask == 0) + cv::countNonZero(mask == 255), 96 * 96);
  }
}

TEST(Augment, FlipsExactly) {
  AugmentOptions both;
  both.horizontal_flip = both.vertical_flip = 1;
  cv::Mat expected;
  cv::flip(make_pair(96, 96), expected, -1);
  EXPECT_TRUE(equal(run(both, 0), expected));
  AugmentOptions horizontal;
  horizontal.horizontal_flip = 1;
  cv::flip(make_pair(96, 96), expected, 1);
  EXPECT_TRUE(equal(run(horizontal, 0), expected));
  AugmentOptions vertical;
  vertical.vertical_flip = 1;
  cv::flip(make_pair(96, 96), expected, 0);
  EXPECT_TRUE(equal(run(vertical, 0), expected));
}

TEST(Augment, TurnsByQuartersExactly) {
  AugmentOptions options;
  options.quarter_turns = 1;
  const cv::Mat original = make_pair(96, 96);
  std::array<int, 4> seen{};
  for (std::uint64_t index = 0; index < 40; ++index) {
    const cv::Mat out = run(options, index);
    int matches = 0;
    for (int turn = 0; turn < 4; ++turn) {
      cv::Mat turned = original;
      for (int i = 0; i < turn; ++i) {
        cv::rotate(turned.clone(), turned, cv::ROTATE_90_CLOCKWISE);
      }
      if (equal(out, turned)) {
        ++seen[static_cast<std::size_t>(turn)];
        ++matches;
      }
    }
    EXPECT_EQ(matches, 1) << index;
  }
  for (const int count : seen) {
    EXPECT_GT(count, 2);
  }
}

// Reference: OpenCV's own rotation about the centre, getRotationMatrix2D.
TEST(Augment, RotatesAboutTheCentreAlsoWhereSidesDiffer) {
  AugmentOptions options;
  options.rotation = 15;
  cv::Mat original = make_pair(120, 80);
  bool other_than_none = false;
  for (std::uint64_t index = 0; index < 5; ++index) {
    cv::Mat out;
    augment(original, 120, 80, options, 1, 1, index, out);
    double best = 1e9;
    double best_angle = 0;
    for (double angle = -15; angle <= 15; angle += 0.25) {
      cv::Mat rotated;
      cv::warpAffine(original, rotated, cv::getRotationMatrix2D({59.5F, 39.5F}, angle, 1),
                     {120, 80});
      const double difference = cv::norm(out, rotated, cv::NORM_L1) / (4.0 * 120 * 80);
      if (difference < best) {
        best = difference;
        best_angle = angle;
      }
    }
    EXPECT_LT(best, 1.5) << index;
    other_than_none = other_than_none || std::abs(best_angle) > 4;
  }
  EXPECT_TRUE(other_than_none);
}

TEST(Augment, ZoomsWithinItsLimits) {
  AugmentOptions options;
  options.scale_low = options.scale_high = 0.5;
  const cv::Mat far = run(options, 0);
  const int all = cv::countNonZero(channel(make_pair(96, 96), 3));
  EXPECT_NEAR(cv::countNonZero(channel(far, 3)), all / 4, all / 40);
  EXPECT_EQ(far.at<cv::Vec4b>(2, 2), cv::Vec4b(0, 0, 0, 0));  // black around it
  EXPECT_GT(far.at<cv::Vec4b>(48, 48)[1], 100);

  options.scale_low = options.scale_high = 2;
  const cv::Mat near = run(options, 0);  // of the centre: the ramp goes from 1/4 to 3/4
  EXPECT_NEAR(near.at<cv::Vec4b>(48, 0)[1], 90, 3);
  EXPECT_NEAR(near.at<cv::Vec4b>(48, 95)[1], 190, 3);
  options.crop = 1;
  double lowest = 255;
  double highest = 0;
  for (std::uint64_t index = 0; index < 40; ++index) {
    const double left = run(options, index).at<cv::Vec4b>(48, 0)[1];
    lowest = std::min(lowest, left);
    highest = std::max(highest, left);
  }
  EXPECT_LT(lowest, 60);
  EXPECT_GE(lowest, 39);  // never beyond the image
  EXPECT_GT(highest, 120);
  EXPECT_LE(highest, 141);
}

TEST(Augment, KeepsElasticDisplacementBelowItsStrength) {
  AugmentOptions options;
  options.elastic = 1;
  options.elastic_strength = 0.05;
  const cv::Mat out = run(options, 0);
  cv::Mat difference;
  // A displacement of 0.05 of the side moves the ramp of 200 by 10; cubic interpolation may
  // overshoot a little.
  cv::absdiff(channel(out, 1), channel(make_pair(96, 96), 1), difference);
  double largest = 0;
  cv::minMaxLoc(difference(cv::Rect(10, 10, 76, 76)), nullptr, &largest);
  EXPECT_LT(largest, 14);
  EXPECT_GT(largest, 3);
}

TEST(Augment, ChangesColoursByTheFormulaAndNotTheMask) {
  AugmentOptions options;
  options.brightness = 0.2;
  const cv::Mat original = make_pair(96, 96);
  const cv::Mat out = run(options, 0);
  const double factor = out.at<cv::Vec4b>(60, 80)[1] * 1.0 / original.at<cv::Vec4b>(60, 80)[1];
  EXPECT_NE(factor, 1);
  EXPECT_NEAR(factor, 1, 0.2);
  const cv::Vec4b before = original.at<cv::Vec4b>(20, 10);
  EXPECT_NEAR(out.at<cv::Vec4b>(20, 10)[1], before[1] * factor, 1.5);
  EXPECT_TRUE(equal(channel(out, 3), channel(original, 3)));

  options = {};
  options.saturation = 0.5;
  const cv::Vec4b tinted = run(options, 1).at<cv::Vec4b>(20, 10);
  const double grey_before = 0.299 * before[0] + 0.587 * before[1] + 0.114 * before[2];
  const double grey_after = 0.299 * tinted[0] + 0.587 * tinted[1] + 0.114 * tinted[2];
  EXPECT_NEAR(grey_after, grey_before, 1.0);
  EXPECT_NE(tinted, before);

  options = {};
  options.contrast = 0.3;
  EXPECT_NEAR(cv::mean(run(options, 2))[1], cv::mean(original)[1], 25);
  EXPECT_FALSE(equal(run(options, 2), original));
}

TEST(Augment, BlursTheImageOnly) {
  AugmentOptions options;
  options.blur = 1;
  const cv::Mat out = run(options, 0);
  EXPECT_TRUE(equal(channel(out, 3), channel(make_pair(96, 96), 3)));
  EXPECT_FALSE(equal(channel(out, 0), channel(make_pair(96, 96), 0)));
}

TEST(AugmentPolicy, NamesWhatTheArticleNames) {
  EXPECT_EQ(augment_policy("weak").horizontal_flip, 0.5);
  EXPECT_EQ(augment_policy("weak").vertical_flip, 0.5);
  EXPECT_FALSE(augment_policy("weak").warps());
  const AugmentOptions basic = augment_policy("basic");
  EXPECT_EQ(basic.rotation, 15);
  EXPECT_EQ(basic.brightness, 0.1);
  EXPECT_EQ(basic.contrast, 0.2);
  const AugmentOptions strong = augment_policy("strong");
  EXPECT_GT(strong.elastic, 0);
  EXPECT_GT(strong.blur, 0);
  EXPECT_GT(strong.crop, 0);
  EXPECT_GT(strong.saturation, 0);
  const AugmentOptions lite = augment_policy("lite");
  EXPECT_EQ(lite.scale_low, 0.75);
  EXPECT_EQ(lite.scale_high, 1.5);
  EXPECT_EQ(lite.quarter_turns, 1);
}

TEST(AugmentPolicy, RefusesAnUnknownName) {
  try {
    augment_policy("stong");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_STREQ(error.what(),
                 "augmentation: found 'stong', allowed are none, weak, basic, strong, lite, "
                 "lite_strong");
  }
}

}  // namespace
}  // namespace bcnet::data
