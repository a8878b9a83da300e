#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <set>
#include <string>

#include "bcnet/segmenter.h"

namespace bcnet::results {

/// What is drawn of an image; the names are those of --save and end the files' names.
constexpr const char* mask_name = "mask";                ///< 255 polyp, 0 background
constexpr const char* overlay_name = "overlay";          ///< the image with its polyps outlined
constexpr const char* probability_name = "probability";  ///< of each pixel: 255 for 1

/// The probability of each pixel as 8UC1. The segmenter was asked for it
/// (SegmenterOptions::probability).
cv::Mat probability_picture(const Segmentation& found);

/// Writes those of the pictures that kinds names, in the image's own size, as STEM_KIND.png and
/// makes the folder they lie in; other names in kinds are for others. image: 8UC3 RGB, used for the
/// overlay alone and of any size without it. Throws Error(io).
void write_pictures(const std::filesystem::path& stem, const std::set<std::string>& kinds,
                    const cv::Mat& image, const Segmentation& found);

}  // namespace bcnet::results
