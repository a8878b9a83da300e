#pragma once

#include <chrono>

namespace bcnet {

/// Seconds from a point of the steady clock to now.
inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace bcnet
