#pragma once

#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data/sample.h"
#include "evaluate/image_score.h"
#include "image/decode_options.h"

namespace bcnet::evaluate {

/// A case for a report.
struct CasePicture {
  std::string image;  ///< as the data set names it
  double dice = 0;
  std::vector<unsigned char> jpeg;  ///< both masks outlined
};

struct CasePictures {
  std::vector<CasePicture> worst;  ///< the lowest Dice first
  std::vector<CasePicture> best;   ///< the highest Dice first
};

/// What a program drew in an image (8UC3 RGB) of a data set: 8UC1 of the same size.
using PredictedMask = std::function<cv::Mat(const data::Sample&, const cv::Mat& image)>;

/// The worst and the best of the measured images (report::choose_cases), equal ones by name; at
/// most 480 pixels wide.
CasePictures draw_cases(const std::vector<ImageScore>& images,
                        const std::vector<data::Sample>& samples, const PredictedMask& predicted,
                        const DecodeOptions& decode);

}  // namespace bcnet::evaluate
