#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace bcnet {

/// Polygons through the middles of border pixels that cover a mask (8UC1) exactly, one for each
/// 8-connected piece. A hole is part of its piece's polygon, which runs to it and back along a
/// row of the piece, so that whoever fills by the even-odd rule leaves it open.
std::vector<std::vector<cv::Point>> pixel_outlines(const cv::Mat& mask);

/// The outer outline of an 8-connected piece (8UC1), its corners cut, as few points as tell the
/// same pixels: those whose middles, at (x + 0.5, y + 0.5), it encloses are the piece without its
/// holes.
std::vector<cv::Point2f> edge_outline(const cv::Mat& piece);

}  // namespace bcnet
