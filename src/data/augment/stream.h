#pragma once

#include <algorithm>
#include <cstdint>
#include <opencv2/core.hpp>

#include "core/random.h"

namespace bcnet::data {

/// Changes that draw from a stream of their own: what one draws, or whether it is asked for
/// at all, moves no other. Numbers are part of what a seed means.
enum class Change : std::uint64_t {
  first = 0,  ///< flips, turns, zoom, elastic, brightness to saturation, blur: one stream
  shape = 1,
  border = 2,
  cutmix = 3,
  paste = 4,
  color = 5,
  highlights = 6,
  motion_blur = 7,
  noise = 8,
  box = 9,
  dropout = 10,
  negative = 11,
  glare = 12,
  style = 13,
  jpeg = 14,
};

/// Which pair of which epoch of which run.
struct SampleKey {
  std::uint64_t seed;
  std::uint64_t epoch;
  std::uint64_t index;
};

inline SplitMix64 stream(const SampleKey& key, Change change) {
  const auto number = static_cast<std::uint64_t>(change);
  return {key.seed ^ (number * 0xD1B54A32D192ED03U), key.epoch, key.index};
}

/// Sides of shares of low to high of the whole's, at least a pixel.
inline cv::Size draw_size(cv::Size whole, double low, double high, SplitMix64& random) {
  const auto side = [&](int of) {
    return std::clamp(cvRound(random.uniform(low, high) * of), 1, of);
  };
  const int height = side(whole.height);
  return {side(whole.width), height};
}

/// The upper left corner of a part of this size somewhere in the whole.
inline cv::Point draw_corner(cv::Size whole, cv::Size part, SplitMix64& random) {
  const auto place = [&](int room) {
    return static_cast<int>(random.below(static_cast<std::uint64_t>(room) + 1));
  };
  const int y = place(whole.height - part.height);
  return {place(whole.width - part.width), y};
}

}  // namespace bcnet::data
