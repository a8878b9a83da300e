#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quantize/histogram.h"

namespace bcnet::quantize {

/// What 8 bits of a value cover. Holds 0, which padding and ReLU need exactly.
struct Range {
  float low = 0, high = 0;
};

/// real = scale · (stored − zero_point), stored in 0..255.
struct Affine {
  float scale = 1;
  std::uint8_t zero_point = 0;
};

/// The 256 values of a range, its ends moved so that one of them is 0. An empty range has
/// scale 1.
Affine affine_of(const Range& range);

/// How a range is taken from what was seen of a value.
enum class RangeMethod {
  min_max,     ///< all of it
  percentile,  ///< 0.005% of the values beyond either end
  mse,         ///< least squared error of the stored values
  entropy,     ///< least Kullback-Leibler divergence of the stored distribution (Migacz, GTC 2017)
};

const std::vector<RangeMethod>& range_methods();
/// "min-max", "percentile", "mse", "entropy"
std::string name_of(RangeMethod method);

Range range_of(const Histogram& seen, RangeMethod method);

}  // namespace bcnet::quantize
