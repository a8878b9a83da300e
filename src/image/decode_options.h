#pragma once

#include <cstdint>

#include "image/mask_reading.h"

namespace bcnet {

/// Limits and the orientation rule. Give images and masks the same options: orientation is
/// applied to both or to neither.
struct DecodeOptions {
  std::uint64_t max_pixels = 100'000'000;
  std::uint64_t max_bytes = std::uint64_t{256} << 20;
  bool apply_exif = true;
  MaskReading masks = {};  ///< what a user says of the values of a data set's masks
};

}  // namespace bcnet
