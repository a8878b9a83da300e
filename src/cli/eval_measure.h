#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "cli/eval_command.h"
#include "data/sample.h"
#include "evaluate/negatives.h"
#include "evaluate/predictions.h"
#include "evaluate/share.h"
#include "image/mask_reading.h"

namespace bcnet::cli {

/// One of --data.
struct EvalSet {
  std::string folder;
  std::vector<data::Sample> samples;
  MaskReading masks;
  std::optional<evaluate::PredictionFolder> predictions;  ///< none: a model is measured
  std::size_t pairs = 0;                                  ///< of all shares; samples are one's
};

/// What was measured, before anything is computed of it.
struct MeasuredSet {
  evaluate::MeasuredShare share;
  std::vector<evaluate::NegativeScore> negatives = {};
  std::vector<std::string> resized = {};  ///< predictions of another size
};

/// Opens and checks all of --data, and finds which prediction belongs to which image. Throws
/// Error(usage) where --shard has no images to take of, Error(data) as data::check_at_start does.
std::vector<EvalSet> find_eval_data(const EvalOptions& options);

/// Segments every image of the set, under corruptions and without a polyp too where asked for.
MeasuredSet measure_model(const EvalSet& set, const Segmenter& segmenter,
                          const EvalOptions& options);

/// Reads what another program made of every image of the set, from that folder, and warns of what
/// is odd about it.
MeasuredSet measure_predictions(const EvalSet& set, const std::string& folder,
                                const EvalOptions& options);

}  // namespace bcnet::cli
