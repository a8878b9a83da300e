#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bcnet::quantize {

/// How often values fall where: equal bins over [low, high], which must hold them all.
class Histogram {
 public:
  static constexpr std::size_t bins = 2048;

  Histogram() = default;
  Histogram(float low, float high) : low_(low), high_(high), counts_(bins, 0) {}

  void add(const float* values, std::size_t count);

  float low() const { return low_; }
  float high() const { return high_; }
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  /// The middle of a bin.
  double center(std::size_t bin) const;
  std::uint64_t total() const;

 private:
  float low_ = 0, high_ = 0;
  std::vector<std::uint64_t> counts_;
};

}  // namespace bcnet::quantize
