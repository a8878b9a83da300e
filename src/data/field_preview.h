#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "data/sample.h"
#include "image/decode_options.h"

namespace bcnet::data {

struct FieldPreviewOptions {
  int count = 24;  ///< samples shown at most, spread evenly over all
  int size = 224;  ///< side of one picture in pixels
  DecodeOptions decode;
};

struct FieldPreview {
  cv::Mat sheet;  ///< 8UC3 RGB
  int cut = 0;    ///< how many of the frames shown have a border that is cut off
};

/// A grid of whole frames, in their own proportions, with the field of view framed
/// (image/field_of_view.h), what is cut off darkened, and their masks outlined: for looking whether
/// anything but border is lost. Throws Error(data) for a bad file.
FieldPreview draw_fields(const std::vector<Sample>& samples, const FieldPreviewOptions& options);

}  // namespace bcnet::data
