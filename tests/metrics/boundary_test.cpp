#include "metrics/boundary.h"

#include <gtest/gtest.h>

#include "shapes.h"

namespace bcnet::metrics {
namespace {

using test::both;
using test::ellipse;
using test::filled;
using test::Shape;

const Shape annotated = ellipse(48, 32, 20, 14, 11, 7);

void expect_distances(const Shape& prediction, double hd95, double average) {
  for (const bool swapped : {false, true}) {
    const BoundaryScore score = swapped ? boundary_score(annotated.view(), prediction.view())
                                        : boundary_score(prediction.view(), annotated.view());
    ASSERT_TRUE(score.hd95 && score.average_surface_distance);
    EXPECT_NEAR(*score.hd95, hd95, 1e-12);
    EXPECT_NEAR(*score.average_surface_distance, average, 1e-12);
  }
}

// Reference: hd95 and assd of MedPy 0.5.2 (reference/pins.py).
TEST(BoundaryScore, DistancesAgreeWithMedpy) {
  expect_distances(ellipse(48, 32, 22, 15, 10, 8), 2.8284271247461903, 1.2920557432029636);
  expect_distances(ellipse(48, 32, 40, 25, 5, 4), 27.730849247724095, 17.180407229295145);
  expect_distances(both(annotated, ellipse(48, 32, 42, 5, 3, 3)), 14.78815921780812,
                   1.8511036612324634);
  expect_distances(filled(48, 32, 255), 19.714204361412687, 12.667344710739108);
  expect_distances(ellipse(48, 32, 47, 31, 0.5, 0.5), 41.34681981283714, 32.19462001541929);
}

TEST(BoundaryScore, IsPerfectForEqualMasks) {
  expect_distances(annotated, 0, 0);
  EXPECT_DOUBLE_EQ(boundary_score(annotated.view(), annotated.view()).boundary_f, 1);
}

TEST(BoundaryScore, ForgivesTwoPixelsAndNoMore) {
  Shape left = filled(20, 20, 0), two = left, three = left;
  for (std::size_t y = 0; y < 20; ++y) {  // one column each
    left.pixels[20 * y + 5] = two.pixels[20 * y + 7] = three.pixels[20 * y + 8] = 255;
  }
  EXPECT_DOUBLE_EQ(boundary_score(two.view(), left.view()).boundary_f, 1);
  EXPECT_DOUBLE_EQ(boundary_score(three.view(), left.view()).boundary_f, 0);
  // Half of the predicted outline is near, all of the wanted one.
  EXPECT_DOUBLE_EQ(
      boundary_score(both(two, ellipse(20, 20, 15, 0, 0.5, 0.5)).view(), left.view()).boundary_f,
      2 * (20.0 / 21) / (1 + 20.0 / 21));
}

TEST(BoundaryScore, HasNoDistanceToAnEmptyMask) {
  const Shape empty = filled(48, 32, 0);
  for (const auto& score : {boundary_score(empty.view(), annotated.view()),
                            boundary_score(annotated.view(), empty.view())}) {
    EXPECT_FALSE(score.hd95);
    EXPECT_FALSE(score.average_surface_distance);
    EXPECT_DOUBLE_EQ(score.boundary_f, 0);
  }
  const BoundaryScore nothing = boundary_score(empty.view(), empty.view());
  EXPECT_EQ(nothing.hd95, 0.0);
  EXPECT_EQ(nothing.average_surface_distance, 0.0);
  EXPECT_DOUBLE_EQ(nothing.boundary_f, 1);
}

}  // namespace
}  // namespace bcnet::metrics
