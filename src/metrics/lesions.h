#pragma once

#include <cstddef>
#include <vector>

#include "metrics/views.h"

namespace bcnet::metrics {

/// An 8-connected piece of a mask: of the expert's a polyp, of a predicted one a finding.
struct Lesion {
  std::size_t pixels = 0;
  bool met = false;  ///< a pixel of the other mask lies in it: a polyp is found, a finding is right
};

/// The pieces of a mask, by the other one. Both of the same size.
std::vector<Lesion> match_lesions(const MaskView& mask, const MaskView& other);

/// How many of them the other mask has a pixel in.
std::size_t count_met(const std::vector<Lesion>& lesions);

}  // namespace bcnet::metrics
