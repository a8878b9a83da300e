#include "evaluate/images.h"

#include <cmath>
#include <opencv2/core.hpp>

#include "data/pair.h"
#include "evaluate/each_sample.h"
#include "image/rgb_view.h"

namespace bcnet::evaluate {

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

/// What the field's protocols take: probabilities as they are without a temperature.
std::vector<float> without_temperature(std::vector<float> probability, float temperature) {
  if (temperature != 1) {
    for (float& p : probability) {
      const double polyp = std::pow(static_cast<double>(p), temperature);
      p = static_cast<float>(polyp / (polyp + std::pow(1.0 - p, temperature)));
    }
  }
  return probability;
}

/// One pair, whole or not at all: nothing is added where it cannot be read.
void evaluate_pair(const Segmenter& segmenter, const data::Sample& sample,
                   const EvalImagesOptions& options, Evaluation& evaluation, Progress& progress) {
  const data::Pair pair = data::read_pair(sample, options.decode);
  const cv::Mat truth = pair.mask.isContinuous() ? pair.mask : pair.mask.clone();
  const Segmentation found = segment(segmenter, pair.image);
  ImageScore plain{sample.name, compare(found, truth), mask_confidence(found), {}, sample.group};
  plain.detections =
      metrics::match_findings(found.probability.data(), segmenter.model_info().threshold,
                              {truth.data, truth.cols, truth.rows});
  if (options.all_metrics) {
    const cv::Mat mask(truth.size(), CV_8UC1, const_cast<std::uint8_t*>(found.mask.data()));
    const auto probability =
        without_temperature(found.probability, segmenter.model_info().temperature);
    plain.field =
        field_score(mask, truth, metrics::spread_to_8_bits(probability), sample, options.decode);
  }
  evaluation.images.push_back(std::move(plain));
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
  each_sample(samples, variants, options.progress, evaluation.failed,
              [&](const data::Sample& sample, Progress& progress) {
                evaluate_pair(segmenter, sample, options, evaluation, progress);
              });
  return evaluation;
}

}  // namespace bcnet::evaluate
