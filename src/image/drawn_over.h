#pragma once

#include <opencv2/core.hpp>

namespace bcnet {

/// Where a display has drawn flat pictures over an endoscope's frame, in colours that no mucosa
/// has, such as the map of the instrument's position in green and blue: 255, elsewhere 0. Each is
/// widened by a pixel on every side, for its blurred edge.
///
/// small: a small copy of the frame, 8-bit RGB.
cv::Mat1b drawn_over(const cv::Mat3b& small);

}  // namespace bcnet
