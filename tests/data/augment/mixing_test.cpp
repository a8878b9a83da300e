#include "data/augment/mixing.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "core/error.h"
#include "scene.h"

namespace bcnet::data {
namespace {

/// Pairs that differ in colour: number n is of red 10 (n + 5), with a polyp of blue 200.
std::vector<cv::Mat> make_pairs(std::size_t count) {
  std::vector<cv::Mat> pairs;
  for (std::size_t i = 0; i < count; ++i) {
    cv::Mat pair = make_plain(96, 96, cv::Scalar(10.0 * static_cast<double>(i + 5), 90, 60));
    cv::ellipse(pair, {40, 50}, {18, 10}, 30, 0, 360,
                cv::Scalar(10.0 * static_cast<double>(i + 5), 90, 200, 255), cv::FILLED);
    pairs.push_back(pair);
  }
  return pairs;
}

Donors donors_of(const std::vector<cv::Mat>& pairs, std::set<std::size_t>* taken = nullptr) {
  return {pairs.size(), [&pairs, taken](std::size_t index) {
            if (taken != nullptr) {
              taken->insert(index);
            }
            return pairs.at(index);
          }};
}

TEST(AugmentPaste, AddsAnotherPolypWithItsMask) {
  AugmentOptions options;
  options.paste = 1;
  options.paste_feather = 0;
  const auto pairs = make_pairs(2);
  const cv::Mat plain = make_plain(96, 96, cv::Scalar(70, 90, 60));
  for (std::uint64_t index = 0; index < 30; ++index) {
    const cv::Mat out = run(plain, options, index, donors_of(pairs));
    const cv::Mat mask = channel(out, 3);
    // Just the polyp's colour is on the mask, and nothing else is changed.
    EXPECT_TRUE(equal(changed_colors(out, plain), mask)) << index;
    EXPECT_GT(cv::mean(channel(out, 2), mask)[0], 180) << index;
    const double all = cv::countNonZero(channel(pairs[0], 3));
    EXPECT_GT(cv::countNonZero(mask), 0.2 * all);
    EXPECT_LT(cv::countNonZero(mask), 1.6 * all);
    const cv::Rect box = cv::boundingRect(mask);
    EXPECT_LE(std::min(box.width, box.height), 44);
  }
}

TEST(AugmentPaste, KeepsTheImagesOwnMaskAndMixesTheEdgeInwards) {
  AugmentOptions options;
  options.paste = 1;
  options.paste_feather = 2;
  const auto pairs = make_pairs(3);
  for (std::uint64_t index = 0; index < 3; ++index) {
    const cv::Mat& own = pairs[index];
    const cv::Mat out = run(own, options, index, donors_of(pairs));
    EXPECT_EQ(cv::countNonZero(channel(out, 3) < channel(own, 3)), 0);
    EXPECT_GT(cv::countNonZero(channel(out, 3)), cv::countNonZero(channel(own, 3)));
    EXPECT_EQ(cv::countNonZero(changed_colors(out, own) & (channel(out, 3) == 0)), 0);
    // Blue goes in steps from the image's to the polyp's.
    const cv::Mat blue = channel(out, 2);
    EXPECT_GT(cv::countNonZero((blue > 80) & (blue < 180)), 10);
  }
}

TEST(AugmentPaste, StaysInsideOfTheFieldOfView) {
  AugmentOptions options;
  options.paste = 1;
  const auto pairs = make_pairs(2);
  cv::Mat half = make_plain(96, 96, cv::Scalar(0, 0, 0));
  half.colRange(0, 64).setTo(cv::Scalar(120, 90, 60, 0));
  int pasted = 0;
  for (std::uint64_t index = 0; index < 60; ++index) {
    const cv::Mat out = run(half, options, index, donors_of(pairs));
    const int all = cv::countNonZero(channel(out, 3));
    const int outside = cv::countNonZero(channel(out, 3).colRange(64, 96));
    EXPECT_LE(outside, 0.06 * all) << index;
    pasted += all > 0 ? 1 : 0;
  }
  EXPECT_GT(pasted, 40);
  const cv::Mat black = make_plain(96, 96, cv::Scalar(0, 0, 0));
  EXPECT_TRUE(equal(run(black, options, 0, donors_of(pairs)), black));
}

TEST(AugmentPaste, LeavesThePairAloneWhereThereIsNothingToPaste) {
  AugmentOptions options;
  options.paste = 1;
  const cv::Mat scene = make_scene(80, 60);
  const std::vector<cv::Mat> empty(2, make_plain(80, 60, cv::Scalar(90, 80, 70)));
  EXPECT_TRUE(equal(run(scene, options, 0, donors_of(empty)), scene));
  EXPECT_TRUE(equal(run(scene, options, 0), scene));
  EXPECT_TRUE(equal(run(scene, options, 0, donors_of({scene})), scene));
  const std::vector<cv::Mat> dots(2, make_plain(1, 1, cv::Scalar(200, 80, 70), 255));
  EXPECT_NO_THROW(run(scene, options, 0, donors_of(dots)));
  EXPECT_NO_THROW(run(dots[0], options, 0, donors_of({scene, scene})));
}

TEST(AugmentMixing, TakesFromEveryPairButItself) {
  AugmentOptions options;
  options.paste = options.cutmix = 1;
  const auto pairs = make_pairs(5);
  for (const std::size_t own : {std::size_t{0}, std::size_t{2}, std::size_t{4}}) {
    std::set<std::size_t> taken;
    for (std::uint64_t epoch = 0; epoch < 40; ++epoch) {
      cv::Mat out;
      augment(pairs[own], 96, 96, options, 1, epoch, own, out, donors_of(pairs, &taken));
    }
    EXPECT_EQ(taken.size(), 4U);
    EXPECT_EQ(taken.count(own), 0U);
  }
}

TEST(AugmentCutmix, PutsARectangleOfAnotherPairWithItsMask) {
  AugmentOptions options;
  options.cutmix = 1;
  options.cutmix_size = 0.5;
  const auto pairs = make_pairs(2);
  const cv::Mat& own = pairs[0];
  for (std::uint64_t index = 0; index < 30; ++index) {
    cv::Mat out;
    augment(own, 96, 96, options, 1, index, 0, out, donors_of(pairs));
    const cv::Mat from_other = channel(out, 0) == 60;
    const cv::Rect box = cv::boundingRect(from_other);
    EXPECT_EQ(cv::countNonZero(from_other), box.area());
    EXPECT_GE(box.width, 24);
    EXPECT_LE(box.width, 48);
    // Unchanged geometry: each pixel is that of one of the two at its place, with its mask.
    cv::Mat expected = own.clone();
    pairs[1](box).copyTo(expected(box));
    EXPECT_TRUE(equal(out, expected)) << index;
  }
}

TEST(AugmentStyle, GivesAnotherPairsColoursInPartAndKeepsTheMask) {
  AugmentOptions options;
  options.style = 1;
  // Two levels each: means 100 and 140 of red, spreads 20 and 10; the lowest rows are the dark
  // border.
  const auto two_levels = [](int low, int high) {
    cv::Mat pair = make_plain(96, 96, cv::Scalar(low, 90, 60));
    pair(cv::Rect(0, 0, 48, 96)).setTo(cv::Scalar(high, 90, 60, 255));
    pair(cv::Rect(0, 64, 96, 32)).setTo(cv::Scalar(3, 2, 1, 0));
    return pair;
  };
  const cv::Mat own = two_levels(80, 120);
  const std::vector<cv::Mat> pairs{own, two_levels(130, 150)};
  double least = 255;
  double most = 0;
  for (std::uint64_t epoch = 0; epoch < 40; ++epoch) {
    cv::Mat out;
    augment(own, 96, 96, options, 1, epoch, 0, out, donors_of(pairs));
    EXPECT_TRUE(equal(channel(out, 3), channel(own, 3)));
    EXPECT_TRUE(equal(out.rowRange(64, 96), own.rowRange(64, 96)));
    const int low = out.at<cv::Vec4b>(0, 95)[0];
    const int high = out.at<cv::Vec4b>(0, 0)[0];
    EXPECT_EQ(out.at<cv::Vec4b>(0, 0)[1], 90);
    // By a share s: 80 + 50 s and 120 + 30 s.
    EXPECT_NEAR((low - 80) / 50.0, (high - 120) / 30.0, 0.03);
    least = std::min<double>(least, low);
    most = std::max<double>(most, low);
  }
  EXPECT_LT(least, 90);
  EXPECT_GT(most, 120);
  EXPECT_LE(most, 130);
}

TEST(AugmentMixing, PassesOnWhatADonorThrows) {
  AugmentOptions options;
  options.cutmix = 1;
  const Donors broken{2, [](std::size_t) -> cv::Mat { throw Error(ErrorKind::data, "b.jpg"); }};
  EXPECT_THROW(run(make_scene(40, 40), options, 0, broken), Error);
}

// What a change of one key does to the others: nothing.
TEST(AugmentStreams, AreApart) {
  const cv::Mat scene = make_scene(120, 100);
  const auto pairs = make_pairs(3);
  AugmentOptions plain = augment_policy("strong");
  for (std::uint64_t index = 0; index < 10; ++index) {
    AugmentOptions boxed = plain;
    boxed.box = 1;
    boxed.box_size = 0.2;
    cv::Mat without;
    cv::Mat with;
    augment(scene, 96, 96, plain, 1, 0, index, without);
    augment(scene, 96, 96, boxed, 1, 0, index, with, donors_of(pairs));
    cv::Mat different = changed_colors(with, without) | (channel(with, 3) != channel(without, 3));
    EXPECT_LE(cv::countNonZero(different), 20 * 20);
  }
}

}  // namespace
}  // namespace bcnet::data
