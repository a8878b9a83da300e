#include "quantize/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/progress.h"
#include "data/pair.h"
#include "image/rgb_view.h"
#include "infer/logits.h"
#include "infer/upsampled_logits.h"

namespace bcnet::quantize {

namespace {

metrics::Counts against_truth(infer::Engine& engine, const data::Pair& pair,
                              const std::string& file) {
  const ImageView view = rgb_view(pair.image);
  const ModelDescription& description = engine.description();
  cv::Mat mask(view.height, view.width, CV_8UC1);
  infer::UpsampledLogits(infer::network_logits(engine, view, file), view.width, view.height)
      .threshold(infer::logit(description.threshold, description.temperature), mask);
  const cv::Mat truth = pair.mask.isContinuous() ? pair.mask : pair.mask.clone();
  return metrics::count_pixels(mask.data, truth.data, mask.total());
}

bool without_polyp(const metrics::Counts& counts) {
  return counts.true_positive + counts.false_negative == 0;
}

Score score_of(const std::vector<metrics::Counts>& counts) {
  std::vector<double> dice(counts.size());
  std::transform(counts.begin(), counts.end(), dice.begin(), metrics::dice);
  const auto findings = std::count_if(counts.begin(), counts.end(), [](const auto& image) {
    return without_polyp(image) && image.false_positive > 0;
  });
  return {metrics::summarize(counts), metrics::bootstrap_mean(dice),
          static_cast<std::size_t>(findings)};
}

}  // namespace

CheckResult check(infer::Engine& before, infer::Engine& after, const CheckSet& set,
                  const CheckOptions& options) {
  std::vector<metrics::Counts> counts_before, counts_after;
  Progress progress("check " + set.name, static_cast<std::int64_t>(set.samples.size()), "images",
                    options.progress);
  for (const data::Sample& sample : set.samples) {
    if (interrupted()) {
      throw Error(ErrorKind::interrupted, "interrupted; nothing was written");
    }
    const data::Pair pair = data::read_pair(sample, options.decode);
    counts_before.push_back(against_truth(before, pair, options.file));
    counts_after.push_back(against_truth(after, pair, options.file));
    progress.advance();
  }
  const auto empty = std::count_if(counts_before.begin(), counts_before.end(), without_polyp);
  return {set.name, static_cast<std::size_t>(empty), score_of(counts_before),
          score_of(counts_after)};
}

double Findings::rise() const {
  const double more = static_cast<double>(after) - static_cast<double>(before);
  return images > 0 ? more / static_cast<double>(images) : 0;
}

Findings findings_of(const std::vector<CheckResult>& results) {
  Findings sum;
  for (const CheckResult& result : results) {
    sum.images += result.without_polyp;
    sum.before += result.before.findings;
    sum.after += result.after.findings;
  }
  return sum;
}

void require_within(const std::vector<CheckResult>& results, const CheckLimits& limits) {
  for (const CheckResult& result : results) {
    if (result.drop() > limits.max_drop) {
      throw Error(ErrorKind::model,
                  fmt::format("not written: on {} images of {} mean Dice falls by {:.4f}, from "
                              "{:.4f} to {:.4f}; --max-drop allows {:.4f}",
                              result.before.summary.images, result.name, result.drop(),
                              result.before.summary.mean_dice, result.after.summary.mean_dice,
                              limits.max_drop));
    }
  }
  const Findings findings = findings_of(results);
  if (findings.after > findings.before + 1 && findings.rise() > limits.max_rise) {
    throw Error(ErrorKind::model,
                fmt::format("not written: of {} images without a polyp {} have a finding, {} with "
                            "the float model; --max-rise allows {:.4f} of them more",
                            findings.images, findings.after, findings.before, limits.max_rise));
  }
}

}  // namespace bcnet::quantize
