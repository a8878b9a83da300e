#include "quantize/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/progress.h"
#include "data/pair.h"
#include "image/rgb_view.h"
#include "infer/frame_steps.h"

namespace bcnet::quantize {

namespace {

/// A model as it is used: with its own thresholds, on the field of view.
class Judge {
 public:
  Judge(std::shared_ptr<infer::Engine> engine, const CheckOptions& options)
      : steps_(std::move(engine), segmenter_options(options)) {}

  metrics::Counts against_truth(const data::Pair& pair) {
    steps_.prepare(rgb_view(pair.image), pair.image.cols, pair.image.rows, frame_);
    steps_.infer(frame_);
    steps_.finish(frame_, found_);
    const cv::Mat truth = pair.mask.isContinuous() ? pair.mask : pair.mask.clone();
    const cv::Mat ignored = pair.ignored.isContinuous() ? pair.ignored : pair.ignored.clone();
    return metrics::count_pixels(found_.mask.data(), truth.data, ignored.data, found_.mask.size());
  }

 private:
  static SegmenterOptions segmenter_options(const CheckOptions& options) {
    SegmenterOptions segmenter;
    segmenter.model = options.file;
    segmenter.whole_frame = options.whole_frame;
    return segmenter;
  }

  infer::FrameSteps steps_;
  infer::Frame frame_;
  Segmentation found_;
};

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

CheckResult check(const std::shared_ptr<infer::Engine>& before,
                  const std::shared_ptr<infer::Engine>& after, const CheckSet& set,
                  const CheckOptions& options) {
  Judge judge_before(before, options), judge_after(after, options);
  std::vector<metrics::Counts> counts_before, counts_after;
  Progress progress("check " + set.name, static_cast<std::int64_t>(set.samples.size()), "images",
                    options.progress);
  for (const data::Sample& sample : set.samples) {
    if (interrupted()) {
      throw Error(ErrorKind::interrupted, "interrupted; nothing was written");
    }
    const data::Pair pair = data::read_pair(sample, options.decode);
    counts_before.push_back(judge_before.against_truth(pair));
    counts_after.push_back(judge_after.against_truth(pair));
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
    // Without any polyp Dice is the share of images without a finding, which max_rise limits.
    const bool healthy = result.without_polyp == result.before.summary.images;
    if (!healthy && result.drop() > limits.max_drop) {
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
