#pragma once

#include <cstddef>
#include <cstdint>

namespace bcnet::metrics {

/// One image's mask, which the caller owns: width·height pixels, row by row; foreground is not 0.
struct MaskView {
  const std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;

  std::size_t size() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
};

}  // namespace bcnet::metrics
