#include "metrics/lesions.h"

#include <gtest/gtest.h>

#include "shapes.h"

namespace bcnet::metrics {
namespace {

using test::both;
using test::ellipse;
using test::filled;

void expect_counts(const LesionCounts& counts, std::size_t found, std::size_t missed,
                   std::size_t false_found) {
  EXPECT_EQ(counts.found, found);
  EXPECT_EQ(counts.missed, missed);
  EXPECT_EQ(counts.false_found, false_found);
}

TEST(CountLesions, MatchesPiecesByOverlap) {
  const auto left = ellipse(60, 40, 10, 10, 6, 6);
  const auto right = ellipse(60, 40, 45, 10, 6, 6);
  const auto below = ellipse(60, 40, 30, 32, 5, 5);
  expect_counts(count_lesions(left.view(), both(left, right).view()), 1, 1, 0);
  expect_counts(count_lesions(both(left, below).view(), both(left, right).view()), 1, 1, 1);
  // One predicted piece over two polyps finds both; two pieces in one polyp find it once.
  const auto wide = ellipse(60, 40, 28, 10, 27, 9);
  expect_counts(count_lesions(wide.view(), both(left, right).view()), 2, 0, 0);
  expect_counts(count_lesions(both(left, right).view(), wide.view()), 1, 0, 0);
}

TEST(CountLesions, OnePixelIsEnoughAndCornersConnect) {
  auto truth = filled(4, 4, 0);
  truth.pixels[0] = truth.pixels[5] = 255;  // touching at a corner: one polyp
  auto prediction = filled(4, 4, 0);
  prediction.pixels[5] = prediction.pixels[15] = 255;
  expect_counts(count_lesions(prediction.view(), truth.view()), 1, 0, 1);
}

TEST(CountLesions, EmptyMasks) {
  const auto empty = filled(8, 6, 0);
  const auto full = filled(8, 6, 255);
  expect_counts(count_lesions(empty.view(), empty.view()), 0, 0, 0);
  expect_counts(count_lesions(full.view(), empty.view()), 0, 0, 1);
  expect_counts(count_lesions(empty.view(), full.view()), 0, 1, 0);
  expect_counts(count_lesions(full.view(), full.view()), 1, 0, 0);
}

}  // namespace
}  // namespace bcnet::metrics
