#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data/pair.h"

namespace bcnet::evaluate {

/// A small copy of a pair's image with two outlines, the mask's over it in report::truth_colour
/// and the prediction's (8UC1 of the image's size) in a colour of its own, "#rrggbb": at most
/// widest pixels wide, as JPEG.
std::vector<unsigned char> outlined_picture(const data::Pair& pair, const cv::Mat& prediction,
                                            const std::string& colour, int widest);

}  // namespace bcnet::evaluate
