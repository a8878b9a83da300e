#pragma once

#include <opencv2/core.hpp>

#include "data/sample.h"
#include "image/codec.h"

namespace bcnet::data {

/// An image (8UC3 RGB) and its mask (8UC1, 0 or 255) of the same size.
struct Pair {
  cv::Mat image;
  cv::Mat mask;
  cv::Mat ignored = {};  ///< 255 where the mask says nothing; empty where it says all
};

/// Decodes both by the same rules. Throws Error(data) for a bad file (see image/codec.h) and
/// where the two differ in size.
Pair read_pair(const Sample& sample, const DecodeOptions& options = {});

/// The part of a pair that lies in the image's field of view (image/field_of_view.h), which is all
/// that a model is shown in use; the two share memory.
Pair cut_to_field(const Pair& pair);

}  // namespace bcnet::data
