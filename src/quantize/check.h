#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/sample.h"
#include "image/codec.h"
#include "infer/engine.h"
#include "metrics/bootstrap.h"
#include "metrics/segmentation.h"

namespace bcnet::quantize {

/// Images that a quantised model is checked on.
struct CheckSet {
  std::string name;
  std::vector<data::Sample> samples;
};

/// A model against the masks of a set.
struct Score {
  metrics::Summary summary;
  metrics::Interval dice_interval;  ///< 95%
  std::size_t findings = 0;         ///< images without a polyp on which it outlines something
};

/// The float model and its quantised one on the same images.
struct CheckResult {
  std::string name;
  std::size_t without_polyp = 0;  ///< images whose mask is empty
  Score before, after;

  double drop() const { return before.summary.mean_dice - after.summary.mean_dice; }
};

/// What quantising may cost.
struct CheckLimits {
  double max_drop = 0.01;  ///< of the mean Dice on each set that has polyps
  double max_rise = 0.02;  ///< of the share of images without a polyp that have a finding
};

struct CheckOptions {
  DecodeOptions decode;
  bool whole_frame = false;              ///< as in SegmenterOptions
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
  std::string file;                      ///< the model's name in messages
};

/// Measures both models, at the images' own sizes and the models' thresholds. Throws Error(data)
/// where an image cannot be read.
CheckResult check(const std::shared_ptr<infer::Engine>& before,
                  const std::shared_ptr<infer::Engine>& after, const CheckSet& set,
                  const CheckOptions& options);

/// Images without a polyp of all sets, and on how many of them either model has a finding.
struct Findings {
  std::size_t images = 0, before = 0, after = 0;

  double rise() const;  ///< of the share, 0 for no images
};
Findings findings_of(const std::vector<CheckResult>& results);

/// Throws Error(model) where a set loses more Dice than allowed, or the images without a polyp of
/// all sets together have more new findings. One of them more is always let pass: it says nothing.
void require_within(const std::vector<CheckResult>& results, const CheckLimits& limits);

}  // namespace bcnet::quantize
