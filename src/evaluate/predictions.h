#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/sample.h"
#include "evaluate/images.h"
#include "image/decode_options.h"

namespace bcnet::evaluate {

/// Masks or probability maps that any program wrote, one for each image and named like it.
class PredictionFolder {
 public:
  /// threshold: of a map's values that are polyp. Throws Error(data) as data::list_images.
  PredictionFolder(std::string folder, double threshold, const DecodeOptions& decode);

  /// The map of one image as image/codec.h decodes it, of the given size. Throws Error(data)
  /// where it is missing, bad or of another size.
  cv::Mat map(const data::Sample& sample, const cv::Size& size) const;
  /// 8UC1, 255 where a map reaches the threshold.
  cv::Mat mask(const cv::Mat& map) const;

  double threshold() const { return threshold_; }

  /// Files that belong to none of the images.
  std::size_t unused(const std::vector<data::Sample>& samples) const;

 private:
  std::string folder_;
  double threshold_;
  DecodeOptions decode_;
  std::map<std::string, std::filesystem::path> files_;  // by stem
};

/// A map that has one value throughout: odd, and no error.
struct UniformPrediction {
  std::string image;
  double value = 0;
};

/// Compares what a program drew with the masks. all_metrics: fill ImageScore::field. uniform
/// receives the maps of one value. Bad files as in
/// evaluate_images.
Evaluation evaluate_predictions(const PredictionFolder& predictions,
                                const std::vector<data::Sample>& samples,
                                const DecodeOptions& decode, bool all_metrics,
                                ProgressObserver* observer,
                                std::vector<UniformPrediction>& uniform);

}  // namespace bcnet::evaluate
