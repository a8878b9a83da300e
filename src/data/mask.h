#pragma once

#include <opencv2/core.hpp>
#include <string>

#include "data/sample.h"
#include "image/codec.h"

namespace bcnet::data {

/// A sample's mask, from whatever it comes: 8UC1, 0 or 255. A picture is read as its data set's
/// masks are (mask_set.h); of annotations it is drawn, on the upright image, and the rule does not
/// matter. Throws Error(data) as decode_mask, where it is not clear what the values mean, and for
/// annotations that cannot be drawn. Thread-safe.
cv::Mat read_mask(const Sample& sample, const DecodeOptions& options = {},
                  MaskRule rule = MaskRule::from_half);

/// The mask, and which pixels are to be left out (255; empty where none are).
struct MaskPlanes {
  cv::Mat mask;
  cv::Mat ignored;
};
MaskPlanes read_mask_planes(const Sample& sample, const DecodeOptions& options = {},
                            MaskRule rule = MaskRule::from_half);

/// The same with its values as they are in the file; what was drawn has two.
MaskValues read_mask_values(const Sample& sample, const DecodeOptions& options = {});

/// What a mask is called in reports: its file below folder, or where that is an annotation file,
/// the image that it is of.
std::string mask_name(const Sample& sample, const std::filesystem::path& folder);

}  // namespace bcnet::data
