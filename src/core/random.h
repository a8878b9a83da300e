#pragma once

#include <cstdint>

namespace bcnet {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
/// Small, seeded from any words, and the same on every machine: the distributions of
/// <random> are not. Not thread-safe; make one for each task, it costs nothing. Draw one number a
/// statement, or within braces: which argument of a call comes first is the compiler's choice, and
/// GCC's is another on ARM than on x86.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

  /// A stream of its own for each (seed, a, b), for example seed, epoch and sample.
  SplitMix64(std::uint64_t seed, std::uint64_t a, std::uint64_t b = 0)
      : state_(mix(mix(mix(seed + gamma) ^ (a + 2 * gamma)) ^ (b + 3 * gamma))) {}

  std::uint64_t next() { return mix(state_ += gamma); }

  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// In [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// True with this probability.
  bool chance(double probability) { return uniform() < probability; }
  /// In 0..n-1; n must not be 0. The bias of n / 2^64 does not matter here.
  std::uint64_t below(std::uint64_t n) { return next() % n; }

 private:
  static constexpr std::uint64_t gamma = 0x9E3779B97F4A7C15U;
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace bcnet
