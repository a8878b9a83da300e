#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bcnet::data {

/// n samples of h x w pixels, ready for a network.
struct Batch {
  std::int64_t n = 0;
  std::int64_t h = 0;
  std::int64_t w = 0;
  std::vector<float> images;        ///< [n,h,w,3] RGB, normalised
  std::vector<float> masks;         ///< [n,h,w] 0 or 1
  std::vector<float> boundaries;    ///< [n,h,w] 0 or 1: dilation of the mask minus erosion
  std::vector<float> edge_weights;  ///< [n,h,w] from 1, larger near edges, 0 where a pixel is left
                                    ///< out; empty unless asked for or something is left out
  std::vector<std::uint8_t> ignored;  ///< [n,h,w] 255 where a pixel is left out; empty: none is
  std::vector<std::string> names;     ///< n names of samples
  std::int64_t index = 0;             ///< place in the epoch
  std::int64_t first = 0;             ///< place of the first sample in the epoch
};

}  // namespace bcnet::data
