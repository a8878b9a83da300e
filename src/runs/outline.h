#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace bcnet::runs {

/// The outlines of a mask (8UC1, foreground not 0), holes too, as the data of an SVG path in its
/// pixels, within a pixel of the mask; the hundred longest pieces of a speckled one. An empty mask
/// gives the empty text.
std::string outline_path(const cv::Mat& mask);

/// True for a text that outline_path may have written: nothing but M, L, Z, digits and spaces.
bool is_outline_path(const std::string& text);

}  // namespace bcnet::runs
