#pragma once

#include <cstddef>
#include <vector>

#include "metrics/views.h"

namespace bcnet::metrics {

/// For every pixel of a mask its nearest foreground pixel.
struct NearestForeground {
  std::vector<std::size_t> index;  ///< of the nearest one in the mask's data
  std::vector<double> distance;    ///< Euclidean, in pixels; 0 in the foreground
};

/// Exact, in integers (A. Meijster, J. B. T. M. Roerdink, W. H. Hesselink: "A general algorithm
/// for computing distance transforms in linear time", 2000). OpenCV's transform rounds to
/// floats, and names the nearest pixel only approximately. Of several at the same distance the
/// leftmost is taken, of those the topmost, as scipy.ndimage.distance_transform_edt does. Both
/// lists are empty for a mask without foreground.
NearestForeground nearest_foreground(const MaskView& mask);

}  // namespace bcnet::metrics
