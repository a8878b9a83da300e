#include "metrics/lesions.h"

#include <gtest/gtest.h>

#include "shapes.h"

namespace bcnet::metrics {
namespace {

using test::both;
using test::ellipse;
using test::filled;

void expect_counts(const test::Shape& prediction, const test::Shape& truth, std::size_t found,
                   std::size_t missed, std::size_t false_found) {
  const auto polyps = match_lesions(truth.view(), prediction.view());
  const auto findings = match_lesions(prediction.view(), truth.view());
  EXPECT_EQ(count_met(polyps), found);
  EXPECT_EQ(polyps.size() - count_met(polyps), missed);
  EXPECT_EQ(findings.size() - count_met(findings), false_found);
}

TEST(MatchLesions, MatchesPiecesByOverlap) {
  const auto left = ellipse(60, 40, 10, 10, 6, 6);
  const auto right = ellipse(60, 40, 45, 10, 6, 6);
  const auto below = ellipse(60, 40, 30, 32, 5, 5);
  expect_counts(left, both(left, right), 1, 1, 0);
  expect_counts(both(left, below), both(left, right), 1, 1, 1);
  // One predicted piece over two polyps finds both; two pieces in one polyp find it once.
  const auto wide = ellipse(60, 40, 28, 10, 27, 9);
  expect_counts(wide, both(left, right), 2, 0, 0);
  expect_counts(both(left, right), wide, 1, 0, 0);
}

TEST(MatchLesions, OnePixelIsEnoughAndCornersConnect) {
  auto truth = filled(4, 4, 0);
  truth.pixels[0] = truth.pixels[5] = 255;  // touching at a corner: one polyp
  auto prediction = filled(4, 4, 0);
  prediction.pixels[5] = prediction.pixels[15] = 255;
  expect_counts(prediction, truth, 1, 0, 1);
}

TEST(MatchLesions, EmptyMasks) {
  const auto empty = filled(8, 6, 0);
  const auto full = filled(8, 6, 255);
  expect_counts(empty, empty, 0, 0, 0);
  expect_counts(full, empty, 0, 0, 1);
  expect_counts(empty, full, 0, 1, 0);
  expect_counts(full, full, 1, 0, 0);
}

TEST(MatchLesions, CountsThePixelsOfEachPiece) {
  auto truth = filled(6, 4, 0);
  for (const std::size_t i : {0U, 1U, 7U, 22U, 23U}) {
    truth.pixels[i] = 255;
  }
  auto prediction = filled(6, 4, 0);
  prediction.pixels[1] = prediction.pixels[7] = prediction.pixels[12] = 255;
  const auto polyps = match_lesions(truth.view(), prediction.view());
  ASSERT_EQ(polyps.size(), 2U);
  EXPECT_EQ(polyps[0].pixels, 3U);
  EXPECT_TRUE(polyps[0].met);
  EXPECT_EQ(polyps[1].pixels, 2U);
  EXPECT_FALSE(polyps[1].met);
}

}  // namespace
}  // namespace bcnet::metrics
