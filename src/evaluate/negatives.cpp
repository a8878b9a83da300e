#include "evaluate/negatives.h"

#include <fmt/format.h>

#include <filesystem>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "data/negative_crop.h"
#include "data/pair.h"
#include "data/predict_inputs.h"
#include "data/synth.h"
#include "image/codec.h"
#include "image/rgb_view.h"
#include "metrics/wilson.h"

namespace bcnet::evaluate {

namespace fs = std::filesystem;

namespace {

constexpr const char* crops_name = "crops";
constexpr const char* synthetic_name = "synthetic";

double per_image(double sum, std::size_t images) {
  return images > 0 ? sum / static_cast<double>(images) : 0;
}

/// Everything that the three sources share.
struct Run {
  const Segmenter& segmenter;
  NegativeScore score;

  void add(const cv::Mat& image) { score.add(segmenter.segment(rgb_view(image))); }
};

void add_crops(Run& run, const std::vector<data::Sample>& samples, const DecodeOptions& decode,
               ProgressObserver* observer) {
  Progress progress(crops_name, static_cast<std::int64_t>(samples.size()), "images", observer);
  for (const data::Sample& sample : samples) {
    try {
      const data::Pair pair = data::read_pair(sample, decode);
      if (const auto square = data::find_negative_crop(pair.image, pair.mask)) {
        run.add(pair.image(*square));
      } else {
        ++run.score.left_out;
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      ++run.score.left_out;  // reported when the image itself was measured
    }
    progress.advance();
  }
  if (run.score.images == 0) {
    throw Error(
        ErrorKind::data,
        fmt::format("--negatives crops: in none of {} images is there a square without a polyp "
                    "of at least {:.0f}% of the picture",
                    samples.size(), 100 * data::NegativeCropRules{}.smallest_share));
  }
}

void add_synthetic(Run& run, std::uint64_t seed, ProgressObserver* observer) {
  Progress progress(synthetic_name, synthetic_negatives, "images", observer);
  for (std::uint64_t i = 1; i <= synthetic_negatives; ++i) {
    run.add(data::draw_synthetic_mucosa(seed, i));
    progress.advance();
  }
}

void add_folder(Run& run, const DecodeOptions& decode, ProgressObserver* observer,
                std::vector<Failure>& failed) {
  const auto inputs = data::find_predict_inputs({run.score.source}, {});
  Progress progress(run.score.source, static_cast<std::int64_t>(inputs.size()), "images", observer);
  for (const data::PredictInput& input : inputs) {
    try {
      if (!input.problem.empty()) {
        throw Error(ErrorKind::data, input.problem);
      }
      run.add(decode_image(input.path, decode));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      progress.clear();
      spdlog::error("{}", error.what());
      failed.push_back({input.path.string(), error.what()});
    }
    progress.advance();
  }
  if (run.score.images == 0) {
    throw Error(ErrorKind::data,
                "--negatives " + run.score.source + ": holds no image that can be read");
  }
}

}  // namespace

double NegativeScore::false_positive_rate() const {
  return per_image(static_cast<double>(images_with_polyp), images);
}

metrics::Interval NegativeScore::interval() const {
  return metrics::wilson_interval(false_positive_rate(), images);
}

double NegativeScore::false_positives_per_image() const {
  return per_image(static_cast<double>(false_positives), images);
}

double NegativeScore::mean_area_percent() const { return per_image(area_percent_sum, images); }

void NegativeScore::add(const Segmentation& found) {
  ++images;
  std::size_t large = 0;
  for (const Polyp& polyp : found.regions) {
    area_percent_sum += polyp.area_percent;
    large += polyp.area_percent >= smallest_false_positive_percent ? 1 : 0;
  }
  false_positives += large;
  images_with_polyp += large > 0 ? 1 : 0;
}

void check_negative_sources(const std::vector<std::string>& sources) {
  for (const std::string& source : sources) {
    std::error_code ignored;
    if (source != crops_name && source != synthetic_name && !fs::is_directory(source, ignored)) {
      throw Error(ErrorKind::usage,
                  fmt::format("--negatives: found '{}', allowed are crops, synthetic or a folder "
                              "of images",
                              source));
    }
  }
}

NegativeScore evaluate_negatives(const Segmenter& segmenter, const std::string& source,
                                 const std::vector<data::Sample>& samples, std::uint64_t seed,
                                 const DecodeOptions& decode, ProgressObserver* observer,
                                 std::vector<Failure>& failed) {
  check_negative_sources({source});
  Run run{segmenter, {}};
  run.score.source = source;
  if (source == crops_name) {
    add_crops(run, samples, decode, observer);
  } else if (source == synthetic_name) {
    add_synthetic(run, seed, observer);
  } else {
    add_folder(run, decode, observer, failed);
  }
  return run.score;
}

}  // namespace bcnet::evaluate
