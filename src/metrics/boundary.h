#pragma once

#include <optional>

#include "metrics/views.h"

namespace bcnet::metrics {

/// Pixels by which boundary_f lets two boundaries differ.
constexpr double boundary_tolerance = 2;

/// How near the outlines of two masks are to each other. An outline is the foreground pixels
/// that have background above, below, left or right of them, or the image's edge.
struct BoundaryScore {
  /// 95th percentile of the distances from each outline's pixels to the other outline, both
  /// lists taken together, in pixels (medpy's hd95). None where a mask is empty and the other
  /// is not; 0 where both are.
  std::optional<double> hd95;
  /// Mean of the same distances (medpy's assd).
  std::optional<double> average_surface_distance;
  /// Harmonic mean of the shares of both outlines that lie within boundary_tolerance of the
  /// other (D. Martin, C. Fowlkes, J. Malik: "Learning to detect natural image boundaries",
  /// 2004; G. Csurka et al.: "What is a good evaluation measure for semantic segmentation?",
  /// BMVC 2013). 1 where both masks are empty, 0 where one is.
  double boundary_f = 0;
};

/// Both of the same size.
BoundaryScore boundary_score(const MaskView& prediction, const MaskView& truth);

}  // namespace bcnet::metrics
