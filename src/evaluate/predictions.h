#pragma once

#include <cstddef>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/sample.h"
#include "evaluate/images.h"
#include "evaluate/prediction_files.h"
#include "image/decode_options.h"
#include "image/prediction.h"

namespace bcnet::evaluate {

struct PredictionOptions {
  std::optional<double> threshold;  ///< of a map's values that are polyp; none: a half
  PredictionValues values = PredictionValues::automatic;
  DecodeOptions decode;
};

/// What was found in one image, of the mask's size.
struct Prediction {
  cv::Mat map;           ///< 64FC1 in [0,1], in one block
  cv::Mat mask;          ///< 8UC1, 255 where it is polyp
  bool resized = false;  ///< it had another size
};

/// Masks or probability maps that any program wrote, one for each image and named like it.
class PredictionFolder {
 public:
  /// Looks at all that belong to the images, to tell whether the integers in them are masks or
  /// maps: one rule holds for all. Throws Error(data) as PredictionIndex, and where the rule cannot
  /// be told.
  PredictionFolder(const std::string& folder, const std::vector<data::Sample>& samples,
                   const PredictionOptions& options);

  /// Throws Error(data) where it is missing or bad. Of another size it is resized bilinearly as a
  /// map, whatever it was. Beside a map, a mask that `bcnet predict` wrote says what is polyp,
  /// unless a threshold was given.
  Prediction read(const data::Sample& sample, const cv::Size& size) const;

  double threshold() const { return options_.threshold.value_or(0.5); }
  /// "maps", "masks" or "labels"; "floats" where there are no integers.
  const std::string& values_name() const { return values_name_; }
  std::size_t unused() const { return index_.unused(); }  ///< files that belong to no image

 private:
  void find_values();
  cv::Mat unit(const std::filesystem::path& file) const;

  std::string folder_;
  PredictionOptions options_;
  PredictionIndex index_;
  int mask_from_ = 1;
  std::string values_name_;
};

/// A map that has one value throughout: odd, and no error.
struct UniformPrediction {
  std::string image;
  double value = 0;
};

/// What is odd about predictions and no error.
struct PredictionRemarks {
  std::vector<UniformPrediction> uniform;
  std::vector<std::string> resized;  ///< names of images whose prediction had another size
};

/// Compares what a program drew with the masks. all_metrics, may_be_none: as in
/// EvalImagesOptions. Bad files as in evaluate_images.
Evaluation evaluate_predictions(const PredictionFolder& predictions,
                                const std::vector<data::Sample>& samples,
                                const DecodeOptions& decode, bool all_metrics, bool may_be_none,
                                ProgressObserver* observer, PredictionRemarks& remarks);

}  // namespace bcnet::evaluate
