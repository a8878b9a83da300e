#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/sample.h"
#include "image/decode_options.h"
#include "metrics/boundary.h"
#include "metrics/calibration.h"
#include "metrics/froc.h"
#include "metrics/lesions.h"
#include "metrics/pranet.h"
#include "metrics/segmentation.h"

namespace bcnet::evaluate {

/// What `--metrics all` adds to one image.
struct FieldScore {
  metrics::PranetScore pranet;
  metrics::BoundaryScore boundary;
  std::size_t false_polyps = 0;  ///< predicted pieces without a pixel of the truth
};

/// One image as it is.
struct ImageScore {
  std::string name;
  metrics::Counts counts;
  std::optional<double> confidence;  ///< mean probability in the predicted mask; none if empty
  std::optional<FieldScore> field;
  std::string group = {};                              ///< the sample's
  std::optional<metrics::Detections> detections = {};  ///< of a model, whatever it shows by default
  std::optional<metrics::Reliability> reliability = {};  ///< of a model
  std::vector<metrics::Lesion> polyps = {};  ///< of the truth; met: a predicted pixel lies in it
};

/// A file that could not be measured.
struct Failure {
  std::string image;
  std::string error;  ///< one line
};

/// mask, truth: 8UC1 of the same size, in one block. map: what was found, in [0,1], spread as
/// metrics/pranet.h asks for. The sample's mask is read again for PraNet's own rule of what is
/// foreground.
FieldScore field_score(const cv::Mat& mask, const cv::Mat& truth, const std::vector<double>& map,
                       const data::Sample& sample, const DecodeOptions& decode);

}  // namespace bcnet::evaluate
