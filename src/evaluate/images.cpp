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

metrics::Counts compare(const Segmentation& found, const cv::Mat& truth, const cv::Mat& ignored) {
  return metrics::count_pixels(found.mask.data(), truth.data, ignored.data, found.mask.size());
}

cv::Mat in_one_block(const cv::Mat& plane) { return plane.isContinuous() ? plane : plane.clone(); }

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

/// Measures that look at whole pictures find background where pixels are left out.
void leave_out(const cv::Mat& ignored, std::vector<float>& probability) {
  for (std::size_t i = 0; i < probability.size(); ++i) {
    if (ignored.data[i] != 0) {
      probability[i] = 0;
    }
  }
}

void add_reliability(const Segmentation& found, const cv::Mat& truth, const cv::Mat& ignored,
                     metrics::Reliability& reliability) {
  if (ignored.empty()) {
    reliability.add_image(found.probability.data(), truth.data, found.mask.size());
    return;
  }
  std::vector<float> probability;
  std::vector<std::uint8_t> wanted;
  for (std::size_t i = 0; i < found.mask.size(); ++i) {
    if (ignored.data[i] == 0) {
      probability.push_back(found.probability[i]);
      wanted.push_back(truth.data[i]);
    }
  }
  if (!wanted.empty()) {
    reliability.add_image(probability.data(), wanted.data(), wanted.size());
  }
}

/// One pair, whole or not at all: nothing is added where it cannot be read.
void evaluate_pair(const Segmenter& segmenter, const data::Sample& sample,
                   const EvalImagesOptions& options, Evaluation& evaluation, Progress& progress) {
  const data::Pair pair = data::read_pair(sample, options.decode);
  const cv::Mat truth = in_one_block(pair.mask);
  const cv::Mat ignored = in_one_block(pair.ignored);
  const Segmentation found = segment(segmenter, pair.image);
  ImageScore plain{
      sample.name, compare(found, truth, ignored), mask_confidence(found), {}, sample.group};
  const auto detections_in = [&](const std::vector<float>& probability) {
    const ModelInfo& model = segmenter.model_info();
    return metrics::match_findings(probability.data(), model.threshold,
                                   {truth.data, truth.cols, truth.rows},
                                   {model.region_slope, model.region_intercept});
  };
  if (ignored.empty()) {
    plain.detections = detections_in(found.probability);
  } else {
    auto shown = found.probability;
    leave_out(ignored, shown);
    plain.detections = detections_in(shown);
  }
  if (options.all_metrics) {
    cv::Mat mask(truth.size(), CV_8UC1, const_cast<std::uint8_t*>(found.mask.data()));
    auto probability = without_temperature(found.probability, segmenter.model_info().temperature);
    if (!ignored.empty()) {
      mask = mask & ~ignored;
      leave_out(ignored, probability);
    }
    plain.field =
        field_score(mask, truth, metrics::spread_to_8_bits(probability), sample, options.decode);
  }
  plain.polyps = metrics::match_lesions({truth.data, truth.cols, truth.rows},
                                        {found.mask.data(), truth.cols, truth.rows});
  add_reliability(found, truth, ignored, plain.reliability.emplace());
  evaluation.reliability.add(*plain.reliability);
  evaluation.images.push_back(std::move(plain));
  progress.advance();
  for (CorruptionScore& score : evaluation.corrupted) {
    const CorruptedPair changed =
        corrupt(pair.image, truth, score.corruption, score.strength, options.seed, sample.name);
    // What moves the picture moves what is left out of it.
    const cv::Mat left_out = ignored.empty() ? ignored
                                             : corrupt(pair.image, ignored, score.corruption,
                                                       score.strength, options.seed, sample.name)
                                                   .mask;
    score.counts.push_back(compare(segment(segmenter, changed.image), changed.mask, left_out));
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
  each_sample("eval", samples, variants, options.may_be_none, options.progress, evaluation.failed,
              [&](const data::Sample& sample, Progress& progress) {
                evaluate_pair(segmenter, sample, options, evaluation, progress);
              });
  return evaluation;
}

}  // namespace bcnet::evaluate
