#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bcnet/bcnet.h"
#include "capi/adopt.h"
#include "infer/fake_engine.h"
#include "infer/make_segmenter.h"

namespace bcnet::test {

inline constexpr int width = 64;
inline constexpr int height = 48;

/// A segmenter for which bright red is polyp.
inline bcnet_segmenter* fake_segmenter() {
  ModelDescription description;
  description.input_width = width;
  description.input_height = height;
  return capi::adopt(
      infer::make_segmenter(std::make_shared<infer::FakeEngine>(description, 2.0F, -0.25F), {}));
}

/// RGB on bright grey, red from column left on in 16 columns and all rows.
inline std::vector<std::uint8_t> picture(int left, int columns = width, int rows = height) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      const bool red = x >= left && x < left + 16;
      for (const int value : {red ? 255 : 60, 60, 60}) {
        pixels.push_back(static_cast<std::uint8_t>(value));
      }
    }
  }
  return pixels;
}

}  // namespace bcnet::test
