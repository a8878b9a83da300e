#include "cli/eval_images.h"

#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "data/pair.h"
#include "image/rgb_view.h"

namespace bcnet::cli {

namespace {

Segmentation segment(const Segmenter& segmenter, const cv::Mat& image) {
  return segmenter.segment(rgb_view(image));
}

metrics::Counts compare(const Segmentation& found, const cv::Mat& truth) {
  return metrics::count_pixels(found.mask.data(), truth.data, found.mask.size());
}

std::optional<double> mask_confidence(const Segmentation& found) {
  double sum = 0;
  std::size_t pixels = 0;
  for (std::size_t i = 0; i < found.mask.size(); ++i) {
    if (found.mask[i] != 0) {
      sum += found.probability[i];
      ++pixels;
    }
  }
  return pixels > 0 ? std::optional(sum / static_cast<double>(pixels)) : std::nullopt;
}

/// One pair, whole or not at all: nothing is added where it cannot be read.
void evaluate_pair(const Segmenter& segmenter, const data::Sample& sample,
                   const EvalImagesOptions& options, Evaluation& evaluation, Progress& progress) {
  const data::Pair pair = data::read_pair(sample, options.decode);
  const cv::Mat truth = pair.mask.isContinuous() ? pair.mask : pair.mask.clone();
  const Segmentation found = segment(segmenter, pair.image);
  evaluation.images.push_back({sample.name, compare(found, truth), mask_confidence(found)});
  evaluation.reliability.add_image(found.probability.data(), truth.data, found.mask.size());
  progress.advance();
  for (CorruptionScore& score : evaluation.corrupted) {
    const CorruptedPair changed =
        corrupt(pair.image, truth, score.corruption, score.strength, options.seed, sample.name);
    score.counts.push_back(compare(segment(segmenter, changed.image), changed.mask));
    progress.advance();
  }
}

}  // namespace

Evaluation evaluate_images(const Segmenter& segmenter, const std::vector<data::Sample>& samples,
                           const EvalImagesOptions& options) {
  Evaluation evaluation;
  for (const Corruption& corruption : options.corruptions) {
    for (int strength = 1; strength <= corruption_strengths; ++strength) {
      evaluation.corrupted.push_back({corruption, strength, {}});
    }
  }
  const auto variants = static_cast<std::int64_t>(1 + evaluation.corrupted.size());
  Progress progress("eval", static_cast<std::int64_t>(samples.size()) * variants, "images",
                    options.quiet);
  for (const data::Sample& sample : samples) {
    try {
      evaluate_pair(segmenter, sample, options, evaluation, progress);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) {
        throw;
      }
      progress.clear();
      spdlog::error("{}", error.what());
      evaluation.failed.push_back({{"image", sample.name}, {"error", error.what()}});
      progress.advance(variants);
    }
  }
  if (evaluation.images.empty()) {
    throw Error(ErrorKind::data, samples.front().image.parent_path().string() +
                                     ": none of its images and masks could be read");
  }
  return evaluation;
}

}  // namespace bcnet::cli
