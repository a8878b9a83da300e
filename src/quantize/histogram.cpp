#include "quantize/histogram.h"

#include <algorithm>
#include <numeric>

namespace bcnet::quantize {

void Histogram::add(const float* values, std::size_t count) {
  const float width = high_ - low_;
  const float scale = width > 0 ? static_cast<float>(bins) / width : 0.0F;
  for (std::size_t i = 0; i < count; ++i) {
    const float place = std::clamp((values[i] - low_) * scale, 0.0F, static_cast<float>(bins - 1));
    ++counts_[static_cast<std::size_t>(place)];
  }
}

double Histogram::center(std::size_t bin) const {
  return low_ + (static_cast<double>(bin) + 0.5) * (static_cast<double>(high_) - low_) / bins;
}

std::uint64_t Histogram::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace bcnet::quantize
