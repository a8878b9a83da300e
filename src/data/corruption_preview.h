#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "data/sample.h"
#include "image/corrupt.h"
#include "image/decode_options.h"

namespace bcnet::data {

struct CorruptionPreviewOptions {
  std::vector<Corruption> corruptions;
  int size = 224;  ///< side of one picture in pixels
  std::uint64_t seed = 0;
  DecodeOptions decode;
};

/// A sheet that shows what `bcnet eval --corrupt` measures: one row for each corruption, with
/// the image as it is and at strengths 1 to 3, its mask outlined: 8UC3 RGB. Throws Error(data)
/// for a bad file.
cv::Mat draw_corruptions(const Sample& sample, const CorruptionPreviewOptions& options);

}  // namespace bcnet::data
