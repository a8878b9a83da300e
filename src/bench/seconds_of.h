#pragma once

#include <chrono>

#include "core/seconds.h"

namespace bcnet::bench {

/// Seconds that an action takes.
template <typename Action>
double seconds_of(Action action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return seconds_since(start);
}

}  // namespace bcnet::bench
