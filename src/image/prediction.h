#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>

#include "image/decode_options.h"

namespace bcnet {

/// What a prediction's integers say.
enum class PredictionValues {
  automatic,  ///< exactly two values in a lossless file are a mask, others a map
  map,        ///< parts of the type's full scale: 255 or 65535
  mask,       ///< a mask: 0 and 255, label numbers, any two values
};

/// A prediction's values before they become parts of 1.
struct PredictionPixels {
  cv::Mat grey;  ///< 8UC1 or 16UC1, or 32FC1 or 64FC1
  bool lossless = true;
};

/// Reads what any program found in an image, a picture or an array of NumPy, and leaves its values
/// as they are; of a palette these are the indices. Alpha is dropped. Errors and threads as
/// decode_image (codec.h) and read_array (npy.h), and Error(data) for a pixel whose colours differ
/// and other types of samples.
PredictionPixels decode_prediction_pixels(const std::filesystem::path& path,
                                          const DecodeOptions& options = {});

/// 64FC1 in [0,1]: integers as values says, floats as they are. mask_from: the smallest integer
/// that is polyp in a mask. Throws Error(data) naming the file for a float outside 0..1.
cv::Mat unit_prediction(const PredictionPixels& pixels, PredictionValues values,
                        const std::string& file, int mask_from = 1);

}  // namespace bcnet
