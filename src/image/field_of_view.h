#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace bcnet {

struct YuvView;

/// A field of view with its shape.
struct FieldOfView {
  cv::Rect box;
  std::vector<cv::Point> outline;  ///< convex, within the box; empty: all of the box
};

/// The part of an endoscope's frame that shows mucosa, without the dark border and the text and
/// small pictures on it: the box around the largest bright region of a small copy and all that is
/// joined to it and lighter than the border. Round, octagonal and rectangular fields. Of pictures
/// that touch the field those in flat green or blue count as border (drawn_over.h), others stay in.
/// The whole image where it has no dark border, is below 128 pixels on a side, or would lose less
/// than a twentieth of its area.
///
/// image: 8UC1, 8UC3 or 8UC4 (its last channel alpha), at least 1x1 pixels. to_rgb: what makes RGB
/// of its pixels, one of cv::ColorConversionCodes; -1 where they are gray, RGB or RGBA. A few
/// tenths of a millisecond whatever the size.
cv::Rect field_of_view(const cv::Mat& image, int to_rgb = -1);
cv::Rect field_of_view(const YuvView& image);

/// The same with the convex outline of what is joined to the bright region: the corners that a
/// round or octagonal field leaves dark lie outside of it.
FieldOfView field_with_outline(const cv::Mat& image, int to_rgb = -1);
FieldOfView field_with_outline(const YuvView& image);

}  // namespace bcnet
