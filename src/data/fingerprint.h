#pragma once

#include <bitset>
#include <opencv2/core.hpp>

namespace bcnet::data {

/// A difference hash (dHash) of 256 bits: for each cell of a 16x16 grid, whether the image is
/// brighter than its right neighbour. It withstands another size, compression and exposure.
using Fingerprint = std::bitset<256>;

/// image: 8UC3 RGB of any size.
Fingerprint fingerprint(const cv::Mat& image);

/// Bits in which the fingerprints of two near-duplicates differ at most.
inline constexpr int near_duplicate_bits = 20;

}  // namespace bcnet::data
