#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace bcnet::data {

/// Polygons through the middles of border pixels that cover a mask (8UC1) exactly, one for each
/// 8-connected piece. A hole is part of its piece's polygon, which runs to it and back along a
/// row of the piece, so that whoever fills by the even-odd rule leaves it open.
std::vector<std::vector<cv::Point>> pixel_outlines(const cv::Mat& mask);

}  // namespace bcnet::data
