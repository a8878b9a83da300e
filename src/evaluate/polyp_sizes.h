#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "evaluate/image_score.h"
#include "metrics/bootstrap.h"

namespace bcnet::evaluate {

/// A range of sizes, in percent of the picture: from the first, not up to the second.
struct PolypSize {
  double from_percent;
  double to_percent;
  const char* label;
};

/// Below 5% a polyp is small and above 15% large, as SUN-SEG has it (Ji et al., Machine
/// Intelligence Research 2022; there of its frames and, for large, of the box around it); below 1%
/// are those that are missed most easily. The last has 100% too.
constexpr std::array<PolypSize, 4> polyp_sizes{
    {{0, 1, "under 1%"}, {1, 5, "1% to 5%"}, {5, 15, "5% to 15%"}, {15, 100, "15% and more"}}};

/// Polyps of one size, or of all, in all images.
struct PolypsOfSize {
  std::size_t polyps = 0;
  std::size_t found = 0;
  std::optional<metrics::Interval> interval;  ///< 95%, of the sensitivity; none without a polyp

  std::optional<double> sensitivity() const;  ///< none without a polyp
};

struct PolypsFound {
  PolypsOfSize all;
  std::array<PolypsOfSize, polyp_sizes.size()> by_size;
};

/// Intervals are bootstrapped over the images that show such a polyp, each with all of its: they
/// are seen by one camera in one light. Where all images have the same share, so that no draw
/// differs, they are Wilson's of that share of so many images.
PolypsFound polyps_found(const std::vector<ImageScore>& images, std::uint64_t seed);

}  // namespace bcnet::evaluate
