#include "metrics/nearest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "shapes.h"

namespace bcnet::metrics {
namespace {

using test::ellipse;
using test::filled;
using test::Shape;

// Reference: scipy.ndimage.distance_transform_edt, SciPy 1.17.1 (reference/pins.py).
TEST(NearestForeground, AgreesWithScipy) {
  const NearestForeground nearest = nearest_foreground(ellipse(48, 32, 20, 14, 11, 7).view());
  EXPECT_NEAR(std::accumulate(nearest.distance.begin(), nearest.distance.end(), 0.0),
              11091.533474673754, 1e-8);
  EXPECT_EQ(std::accumulate(nearest.index.begin(), nearest.index.end(), std::size_t{0}), 1101308U);
}

// Every pixel against every other: the leftmost, then the topmost of the nearest ones.
TEST(NearestForeground, AgreesWithASearchOfAll) {
  for (const unsigned modulus : {2U, 5U, 13U, 41U, 190U}) {
    Shape dots = filled(17, 11, 0);
    for (unsigned i = 0; i < dots.pixels.size(); ++i) {
      dots.pixels[i] = i * 7919 % modulus == 1 ? 1 : 0;
    }
    const NearestForeground nearest = nearest_foreground(dots.view());
    ASSERT_EQ(nearest.index.size(), dots.pixels.size()) << modulus;
    for (int at = 0; at < 17 * 11; ++at) {
      int best = -1, least = 1000000;
      for (int x = 0; x < 17; ++x) {
        for (int y = 0; y < 11; ++y) {
          const int square = (x - at % 17) * (x - at % 17) + (y - at / 17) * (y - at / 17);
          if (dots.pixels[static_cast<std::size_t>(y * 17 + x)] != 0 && square < least) {
            least = square;
            best = y * 17 + x;
          }
        }
      }
      const auto i = static_cast<std::size_t>(at);
      EXPECT_EQ(nearest.index[i], static_cast<std::size_t>(best)) << modulus << ", pixel " << at;
      EXPECT_DOUBLE_EQ(nearest.distance[i], std::sqrt(least));
    }
  }
}

TEST(NearestForeground, IsEmptyWithoutForeground) {
  EXPECT_TRUE(nearest_foreground(filled(5, 4, 0).view()).index.empty());
}

}  // namespace
}  // namespace bcnet::metrics
