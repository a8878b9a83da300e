#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "data/check/finding.h"

namespace bcnet::data {

/// How much better the border of a mask follows edges of its image than the same border
/// mirrored, turned and shifted does: standard deviations above their mean, negative where it
/// follows them less. None for a mask without a border inside the frame.
/// image: 8UC3 RGB, mask: 8UC1 of the same size.
std::optional<double> edge_agreement(const cv::Mat& image, const cv::Mat& mask);

/// A warning where the agreement is so low that the mask is probably not the image's.
/// files: the image's name, the mask's.
std::vector<Finding> check_placement(double agreement, const std::vector<std::string>& files);

}  // namespace bcnet::data
