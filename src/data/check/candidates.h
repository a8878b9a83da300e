#pragma once

#include <cstdint>
#include <vector>

#include "data/check/signature.h"

namespace bcnet::data {

/// Two images that may show the same. first < second.
struct Candidate {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  bool mirrored = false;    ///< first's mirrored view fits second as it is
  bool whole = false;       ///< their fingerprints are near: the frames fit as they are
  std::uint32_t votes = 0;  ///< bands of corner descriptors that they share
};

/// Looks up equal bands of fingerprints and corner descriptors. Each band looks at a bounded
/// number of neighbours, and each image keeps its best few partners, so that time and memory
/// grow as n log n and not as n². Ordered by first, second.
std::vector<Candidate> find_candidates(const std::vector<Signature>& signatures);

}  // namespace bcnet::data
