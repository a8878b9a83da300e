#pragma once

#include <cstdint>
#include <vector>

#include "metrics/views.h"

namespace bcnet::metrics::test {

/// A mask drawn by formula, the same as in reference/pins.py.
struct Shape {
  std::vector<std::uint8_t> pixels;
  int width = 0;
  int height = 0;

  MaskView view() const { return {pixels.data(), width, height}; }
};

inline Shape ellipse(int width, int height, int cx, int cy, double rx, double ry) {
  Shape shape{{}, width, height};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double distance = (x - cx) * (x - cx) * ry * ry + (y - cy) * (y - cy) * rx * rx;
      shape.pixels.push_back(distance <= rx * rx * ry * ry ? 255 : 0);
    }
  }
  return shape;
}

inline Shape filled(int width, int height, std::uint8_t value) {
  return {std::vector<std::uint8_t>(static_cast<std::size_t>(width * height), value), width,
          height};
}

inline Shape both(Shape a, const Shape& b) {
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    a.pixels[i] |= b.pixels[i];
  }
  return a;
}

/// 8-bit values, divided by 255: a ripple, and 150 more within the shape.
inline std::vector<double> wave(const Shape& shape, int a) {
  std::vector<double> map;
  for (int y = 0; y < shape.height; ++y) {
    for (int x = 0; x < shape.width; ++x) {
      const int lift = shape.pixels[static_cast<std::size_t>(y * shape.width + x)] != 0 ? 150 : 0;
      map.push_back(((a * x + 7 * y + x * y) % 97 + lift) / 255.0);
    }
  }
  return map;
}

}  // namespace bcnet::metrics::test
