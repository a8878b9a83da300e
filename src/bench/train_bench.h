#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/progress.h"
#include "image/decode_options.h"
#include "nn/communicator.h"
#include "train/recipe.h"
#include "train/training_data.h"

namespace bcnet::bench {

struct TrainBenchOptions {
  std::filesystem::path data;     ///< as for training
  std::filesystem::path init;     ///< weights to start from; empty: random ones
  std::int64_t size = 0;          ///< pixels, instead of every stage's own
  std::int64_t steps = 20;        ///< measured at each size
  std::int64_t warmup = 4;        ///< before them, not measured
  std::int64_t recorded = 2;      ///< steps whose operators are recorded, after the measured ones
  std::int64_t losses = 0;        ///< first steps whose losses are told, for comparison; 0: no
  std::filesystem::path batches;  ///< where their batches and weights go; empty: nowhere
  std::string device = "cpu";
  int threads = 0;        ///< 0: the affinity mask
  std::string precision;  ///< empty: the recipe's
  DecodeOptions decode;
  ProgressObserver* progress = nullptr;           ///< who watches; null: nobody
  nn::Communicator* communicator = &nn::alone();  ///< processes that share each batch out
};

/// Trains some steps at the size of each of the recipe's stages, and tells how fast they were
/// and where their time went: docs/reference/schemas/bench-train.schema.json. Pictures are
/// decoded before, as they are in every epoch but the first; of a data set as many are used as
/// the steps see. Throws Error as training does.
Json bench_training(const train::Recipe& recipe, const TrainBenchOptions& options);

/// The recipe's stages, or its last one at another size where that is not 0. Throws
/// Error(usage) unless size is a multiple of 32 in 32..4096.
std::vector<train::StageRecipe> measured_stages(const train::Recipe& recipe, std::int64_t size);

/// At most as many training samples as so many batches hold, and at least one batch. Throws
/// Error(data) where there are fewer.
std::vector<data::Sample> measured_samples(const train::TrainingData& data, std::int64_t batch_size,
                                           std::int64_t batches);

}  // namespace bcnet::bench
