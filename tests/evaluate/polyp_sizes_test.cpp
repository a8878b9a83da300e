#include "evaluate/polyp_sizes.h"

#include <gtest/gtest.h>

namespace bcnet::evaluate {
namespace {

/// An image of 1000 pixels.
ImageScore with_polyps(const std::vector<metrics::Lesion>& polyps) {
  ImageScore image{"a.png", {0, 0, 0, 1000}, {}, {}};
  image.polyps = polyps;
  return image;
}

void expect_polyps(const PolypsOfSize& polyps, std::size_t all, std::size_t found, double low,
                   double high) {
  EXPECT_EQ(polyps.polyps, all);
  EXPECT_EQ(polyps.found, found);
  ASSERT_TRUE(polyps.interval);
  EXPECT_NEAR(polyps.interval->low, low, 1e-12);
  EXPECT_NEAR(polyps.interval->high, high, 1e-12);
}

TEST(PolypsFound, AreCountedByTheirShareOfThePicture) {
  const PolypsFound found = polyps_found(
      {with_polyps({{9, true}, {10, true}, {49, false}}), with_polyps({{50, true}, {149, true}}),
       with_polyps({{150, false}}), with_polyps({{1000, true}})},
      0);
  const auto expect = [&](std::size_t i, std::size_t all, std::size_t right) {
    EXPECT_EQ(found.by_size.at(i).polyps, all) << i;
    EXPECT_EQ(found.by_size.at(i).found, right) << i;
  };
  expect(0, 1, 1);
  expect(1, 2, 1);
  expect(2, 2, 2);
  expect(3, 2, 1);
  EXPECT_EQ(found.all.polyps, 7U);
  EXPECT_EQ(found.all.found, 5U);
  EXPECT_DOUBLE_EQ(*found.by_size[1].sensitivity(), 0.5);
}

// Drawn of one image with 1 of 2 and one with 1 of 1: twice the first 0.5, both 2/3, twice the
// second 1; a quarter of the draws at either end.
TEST(PolypsFound, HaveIntervalsOverTheImages) {
  const PolypsFound found =
      polyps_found({with_polyps({{5, true}, {5, false}}), with_polyps({{5, true}}), with_polyps({}),
                    with_polyps({{200, true}})},
                   0);
  expect_polyps(found.by_size[0], 3, 2, 0.5, 1);
  EXPECT_FALSE(found.by_size[1].interval);
  EXPECT_FALSE(found.by_size[1].sensitivity());
}

// Wilson's intervals of 1 of 1, 2 of 2 and 0 of 2 by SciPy 1.17.1, of 1/3 of 2 by its formula: the
// images count, since the polyps of one are not independent.
TEST(PolypsFound, HaveWilsonsIntervalWhereNoDrawDiffers) {
  const metrics::Lesion found{5, true}, missed{5, false};
  const auto all_of = [](const std::vector<ImageScore>& images) {
    return polyps_found(images, 0).all;
  };
  expect_polyps(all_of({with_polyps({found, found, found})}), 3, 3, 0.20654931437723745, 1);
  expect_polyps(all_of({with_polyps({found, found}), with_polyps({found})}), 3, 3,
                0.34238022750665303, 1);
  expect_polyps(all_of({with_polyps({missed}), with_polyps({missed})}), 2, 0, 0,
                0.6576197724933469);
  const ImageScore third = with_polyps({found, missed, missed});
  expect_polyps(all_of({third, third}), 6, 2, 0.04525508581950926, 0.8406181716782731);
}

TEST(PolypsFound, AreNoneWithoutAPolyp) {
  const PolypsFound none = polyps_found({with_polyps({})}, 0);
  EXPECT_EQ(none.all.polyps, 0U);
  EXPECT_FALSE(none.all.interval);
  EXPECT_FALSE(none.all.sensitivity());
}

}  // namespace
}  // namespace bcnet::evaluate
