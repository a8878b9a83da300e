#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "data/augment.h"
#include "data/sample.h"
#include "image/codec.h"

namespace bcnet::data {

struct PreviewOptions {
  int count = 24;  ///< samples shown at most, spread evenly over all
  int size = 224;  ///< side of one picture in pixels
  AugmentOptions augment;
  std::uint64_t seed = 0;
  DecodeOptions decode;
  bool cut_to_field = true;  ///< show the field of view alone, see data/pair.h
};

/// A grid of samples as training would see them, their masks outlined: 8UC3 RGB.
/// Throws Error(data) for a bad file.
cv::Mat draw_preview(const std::vector<Sample>& samples, const PreviewOptions& options);

}  // namespace bcnet::data
