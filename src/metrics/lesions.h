#pragma once

#include <cstddef>

#include "metrics/views.h"

namespace bcnet::metrics {

/// Polyps counted one by one: the 8-connected pieces of both masks.
struct LesionCounts {
  std::size_t found = 0;        ///< pieces of the truth that a predicted pixel lies in
  std::size_t missed = 0;       ///< the other pieces of the truth
  std::size_t false_found = 0;  ///< predicted pieces without a pixel of the truth
};

/// Both of the same size.
LesionCounts count_lesions(const MaskView& prediction, const MaskView& truth);

}  // namespace bcnet::metrics
