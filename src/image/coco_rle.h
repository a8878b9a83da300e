#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace bcnet {

/// COCO's masks, as its own maskApi (pycocotools) reads and writes them: run lengths column by
/// column, in turn of background and foreground, beginning with background.

using Runs = std::vector<std::uint32_t>;

/// mask: 8UC1, foreground where it is not 0.
Runs encode_runs(const cv::Mat& mask);

/// Throws std::invalid_argument, saying what is wrong, where runs do not cover a mask of this size
/// exactly.
void check_runs(const Runs& runs, int width, int height);

/// Sets what the runs cover to 255. Throws as check_runs for the mask (8UC1).
void draw_runs(cv::Mat& mask, const Runs& runs);

/// Runs as the text that COCO files hold ("compressed RLE").
std::string runs_text(const Runs& runs);

/// Reads that text. Throws std::invalid_argument for any that is none.
Runs parse_runs(const std::string& text);

/// Sets what a polygon covers to 255, pixel for pixel as maskApi's rleFrPoly does: the border is
/// walked at five times the mask's resolution, parts outside of the mask (8UC1) are cut off. Throws
/// std::invalid_argument for a border longer than any that someone drew.
void draw_coco_polygon(cv::Mat& mask, const std::vector<cv::Point2d>& points);

}  // namespace bcnet
