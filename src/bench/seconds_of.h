#pragma once

#include <chrono>

namespace bcnet::bench {

/// Seconds that an action takes.
template <typename Action>
double seconds_of(Action action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace bcnet::bench
