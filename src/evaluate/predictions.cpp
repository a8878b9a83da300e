#include "evaluate/predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/log.h"
#include "data/mask.h"
#include "evaluate/each_sample.h"

namespace bcnet::evaluate {

namespace fs = std::filesystem;

namespace {

/// The integers of all predictions, 8 and 16 bits apart.
class Values {
 public:
  void add(const PredictionPixels& pixels, const fs::path& file) {
    const int depth = pixels.grey.depth();
    if (depth == CV_8U) {
      add<std::uint8_t>(pixels, file);
    } else if (depth == CV_16U) {
      add<std::uint16_t>(pixels, file);
    }
  }

  bool none() const { return highest_ < 0; }
  bool reach_half() const { return highest_ >= 0 && reach_half_; }
  int highest() const { return highest_; }
  /// Of lossless files, no more than three.
  const std::set<int>& different() const { return different_; }
  /// One file has two values, and all have no others.
  bool two() const { return two_in_one_ && different_.size() == 2; }

  /// Two files that look like masks, of which only one reaches half of the scale.
  bool contradict() const { return !maps_ && !faint_.file.empty() && !full_.file.empty(); }
  std::string contradiction() const {
    return fmt::format("{} has the values {} and {}, {} {} and {}", faint_.file.string(),
                       faint_.low, faint_.high, full_.file.string(), full_.low, full_.high);
  }

 private:
  struct TwoValues {
    fs::path file;
    int low = 0;
    int high = 0;
  };

  template <typename T>
  void add(const PredictionPixels& pixels, const fs::path& file) {
    std::set<int> own;
    double low = 0;
    double high = 0;
    cv::minMaxLoc(pixels.grey, &low, &high);
    for (int y = 0; y < pixels.grey.rows && own.size() <= 2; ++y) {
      const T* row = pixels.grey.ptr<T>(y);
      T last = row[0];
      own.insert(last);
      for (int x = 1; x < pixels.grey.cols && own.size() <= 2; ++x) {
        if (row[x] != last) {
          last = row[x];
          own.insert(last);
        }
      }
    }
    const bool half = high > std::numeric_limits<T>::max() / 2;
    reach_half_ = reach_half_ || half;
    highest_ = std::max(highest_, static_cast<int>(high));
    if (!pixels.lossless || own.size() > 2) {
      maps_ = true;
    } else if (own.size() == 2) {
      two_in_one_ = true;
      (half ? full_ : faint_) = {file, static_cast<int>(low), static_cast<int>(high)};
    }
    if (pixels.lossless) {
      for (auto value = own.begin(); value != own.end() && different_.size() < 3; ++value) {
        different_.insert(*value);
      }
    } else {
      different_.insert({-1, -2, -3});  // a lossy file's values say nothing
    }
  }

  int highest_ = -1;
  bool reach_half_ = false;
  bool two_in_one_ = false;
  bool maps_ = false;  ///< one of the files has more than two values, or is lossy
  std::set<int> different_;
  TwoValues faint_;
  TwoValues full_;
};

}  // namespace

PredictionFolder::PredictionFolder(const std::string& folder,
                                   const std::vector<data::Sample>& samples,
                                   const PredictionOptions& options)
    : folder_(folder), options_(options), index_(folder, samples) {
  find_values();
}

void PredictionFolder::find_values() {
  Values values;
  for (const auto& [name, files] : index_.found()) {
    for (const fs::path& file : {files.mask, files.map}) {
      if (file.empty()) {
        continue;
      }
      try {
        values.add(decode_prediction_pixels(file, options_.decode), file);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) {
          throw;
        }  // told when its turn comes
      }
    }
  }
  // Beyond that many, values below a half are no numbers of labels.
  constexpr int most_labels = 20;
  const std::set<int>& different = values.different();
  mask_from_ = values.two() ? *different.rbegin() : 1;
  if (options_.values != PredictionValues::automatic) {
    values_name_ = options_.values == PredictionValues::map ? "maps" : "masks";
    return;
  }
  options_.values = PredictionValues::map;
  if (values.none()) {
    values_name_ = "floats";
  } else if (values.two()) {
    options_.values = PredictionValues::mask;
    values_name_ = "masks";
  } else if (values.contradict()) {
    throw Error(ErrorKind::data,
                fmt::format("{}: {}: masks or maps is not to be told; --prediction-values masks or "
                            "maps says it",
                            folder_, values.contradiction()));
  } else if (different.size() > 2 && *different.begin() >= 0 && !values.reach_half() &&
             values.highest() <= most_labels) {
    options_.values = PredictionValues::mask;
    values_name_ = "labels";
    spdlog::warn(
        "{}: values are 0 to {}: taken for numbers of labels, any above 0 is polyp "
        "(--prediction-values maps: for very faint maps)",
        folder_, values.highest());
  } else {
    values_name_ = "maps";
    if (!values.reach_half()) {
      spdlog::warn("{}: no value reaches half of the scale, the highest is {}", folder_,
                   values.highest());
    }
  }
}

cv::Mat PredictionFolder::unit(const fs::path& file) const {
  return unit_prediction(decode_prediction_pixels(file, options_.decode), options_.values,
                         file.string(), mask_from_);
}

Prediction PredictionFolder::read(const data::Sample& sample, const cv::Size& size) const {
  const PredictionFiles& files = index_.find(sample);
  Prediction prediction;
  const auto fitted = [&](const cv::Mat& map) {
    if (map.size() == size) {
      return map.clone();
    }
    prediction.resized = true;
    cv::Mat result;
    cv::resize(map, result, size, 0, 0, cv::INTER_LINEAR);
    return result;
  };
  prediction.map = fitted(unit(files.map.empty() ? files.mask : files.map));
  const bool own_mask = !files.map.empty() && !options_.threshold;
  prediction.mask =
      own_mask ? cv::Mat(fitted(unit(files.mask)) >= 0.5) : cv::Mat(prediction.map >= threshold());
  return prediction;
}

Evaluation evaluate_predictions(const PredictionFolder& predictions,
                                const std::vector<data::Sample>& samples,
                                const DecodeOptions& decode, bool all_metrics, bool may_be_none,
                                ProgressObserver* observer, PredictionRemarks& remarks) {
  Evaluation evaluation;
  each_sample(
      "eval", samples, 1, may_be_none, observer, evaluation.failed,
      [&](const data::Sample& sample, Progress& progress) {
        const data::MaskPlanes planes = data::read_mask_planes(sample, decode);
        const cv::Mat truth = planes.mask.clone();
        const cv::Mat ignored = planes.ignored.clone();
        Prediction found = predictions.read(sample, truth.size());
        ImageScore score{
            sample.name,
            metrics::count_pixels(found.mask.data, truth.data, ignored.data, truth.total()),
            {},
            {},
            sample.group};
        score.polyps = metrics::match_lesions({truth.data, truth.cols, truth.rows},
                                              {found.mask.data, found.mask.cols, found.mask.rows});
        const double first = found.map.at<double>(0, 0);
        if (cv::countNonZero(found.map != first) == 0) {
          remarks.uniform.push_back({sample.name, first});
        }
        if (all_metrics) {
          if (!ignored.empty()) {  // as evaluate_images has it
            found.mask = found.mask & ~ignored;
            found.map.setTo(0, ignored);
          }
          const auto* values = found.map.ptr<double>();
          score.field = field_score(found.mask, truth,
                                    metrics::spread_to_unit({values, values + found.map.total()}),
                                    sample, decode);
        }
        if (found.resized) {
          remarks.resized.push_back(sample.name);
        }
        evaluation.images.push_back(std::move(score));
        progress.advance();
      });
  return evaluation;
}

}  // namespace bcnet::evaluate
