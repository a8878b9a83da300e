#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "core/progress.h"
#include "data/sample.h"
#include "evaluate/image_score.h"
#include "image/corrupt.h"
#include "image/decode_options.h"
#include "metrics/calibration.h"
#include "metrics/segmentation.h"

namespace bcnet::evaluate {

struct EvalImagesOptions {
  DecodeOptions decode;
  std::vector<Corruption> corruptions;   ///< each is tried at every strength
  std::uint64_t seed = 0;                ///< of the corruptions
  bool all_metrics = false;              ///< fill ImageScore::field
  bool may_be_none = false;              ///< it is no error where none could be read: of a share
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

/// Every image under one corruption.
struct CorruptionScore {
  Corruption corruption;
  int strength = 1;
  std::vector<metrics::Counts> counts;
};

struct Evaluation {
  std::vector<ImageScore> images;
  std::vector<CorruptionScore> corrupted;
  metrics::Reliability reliability;  ///< of the images as they are; of none for predictions
  std::vector<Failure> failed;
};

/// Segments every image at its own size, as it is and corrupted, and compares with its mask.
/// The segmenter gives probabilities. A pair that cannot be read is logged, listed under
/// failed and left out. Throws Error(data) where none could be read, Error(model).
Evaluation evaluate_images(const Segmenter& segmenter, const std::vector<data::Sample>& samples,
                           const EvalImagesOptions& options);

}  // namespace bcnet::evaluate
