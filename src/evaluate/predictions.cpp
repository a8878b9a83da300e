#include "evaluate/predictions.h"

#include <fmt/format.h>

#include <utility>

#include "core/error.h"
#include "data/image_folder.h"
#include "data/mask.h"
#include "evaluate/each_sample.h"
#include "image/codec.h"

namespace bcnet::evaluate {

namespace {

std::string stem_of(const data::Sample& sample) { return sample.image.stem().string(); }

std::string text(const cv::Size& size) { return fmt::format("{}x{}", size.width, size.height); }

}  // namespace

PredictionFolder::PredictionFolder(std::string folder, double threshold,
                                   const DecodeOptions& decode)
    : folder_(std::move(folder)),
      threshold_(threshold),
      decode_(decode),
      files_(data::list_images(folder_)) {}

cv::Mat PredictionFolder::map(const data::Sample& sample, const cv::Size& size) const {
  const auto file = files_.find(stem_of(sample));
  if (file == files_.end()) {
    throw Error(ErrorKind::data, fmt::format("{}: no prediction for {}: an image named {} is "
                                             "expected",
                                             folder_, sample.name, stem_of(sample)));
  }
  cv::Mat map = decode_prediction(file->second, decode_);
  if (map.size() != size) {
    throw Error(
        ErrorKind::data,
        fmt::format("{}: prediction is {} pixels, the mask {} {}, the same size is allowed",
                    file->second.string(), text(map.size()), sample.mask.string(), text(size)));
  }
  return map;
}

cv::Mat PredictionFolder::mask(const cv::Mat& map) const { return map >= threshold_; }

std::size_t PredictionFolder::unused(const std::vector<data::Sample>& samples) const {
  std::size_t used = 0;
  for (const data::Sample& sample : samples) {
    used += files_.count(stem_of(sample));
  }
  return files_.size() - used;
}

Evaluation evaluate_predictions(const PredictionFolder& predictions,
                                const std::vector<data::Sample>& samples,
                                const DecodeOptions& decode, bool all_metrics,
                                ProgressObserver* observer,
                                std::vector<UniformPrediction>& uniform) {
  Evaluation evaluation;
  each_sample(
      samples, 1, observer, evaluation.failed, [&](const data::Sample& sample, Progress& progress) {
        const data::MaskPlanes planes = data::read_mask_planes(sample, decode);
        const cv::Mat truth = planes.mask.clone();
        const cv::Mat ignored = planes.ignored.clone();
        const cv::Mat map = predictions.map(sample, truth.size());
        cv::Mat mask = predictions.mask(map);
        ImageScore score{sample.name,
                         metrics::count_pixels(mask.data, truth.data, ignored.data, truth.total()),
                         {},
                         {},
                         sample.group};
        std::vector<double> values(map.ptr<double>(), map.ptr<double>() + map.total());
        if (all_metrics) {
          if (!ignored.empty()) {  // as evaluate_images has it
            mask = mask & ~ignored;
            for (std::size_t i = 0; i < values.size(); ++i) {
              values[i] = ignored.data[i] == 0 ? values[i] : 0;
            }
          }
          score.field = field_score(mask, truth, metrics::spread_to_unit(values), sample, decode);
        }
        if (const double first = map.at<double>(0, 0); cv::countNonZero(map != first) == 0) {
          uniform.push_back({sample.name, first});
        }
        evaluation.images.push_back(std::move(score));
        progress.advance();
      });
  return evaluation;
}

}  // namespace bcnet::evaluate
