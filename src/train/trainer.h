#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/progress.h"
#include "image/decode_options.h"
#include "train/recipe.h"

namespace bcnet::train {

struct TrainerOptions {
  std::filesystem::path data;      ///< what data::DataSet opens
  std::filesystem::path manifest;  ///< of samples below data; empty: data's own splits
  std::filesystem::path run;       ///< where everything is written
  std::filesystem::path init;      ///< weight file to start from; empty for none
  bool init_partial = false;       ///< take of it what fits, in place of refusing it
  bool resume = false;
  std::string device = "cpu";
  int threads = 0;                  ///< 0: the affinity mask
  std::string precision;            ///< empty: the recipe's
  DecodeOptions decode;             ///< limits and the orientation rule
  bool ignore_data_errors = false;  ///< leave out pairs that cannot be read; reads all of them
  bool tensorboard = false;         ///< write events for TensorBoard beside metrics.jsonl
  ProgressObserver* progress = nullptr;  ///< who watches; null: nobody
};

struct TrainResult {
  double best_dice = 0.0;  ///< mean Dice on the validation part
  double best_iou = 0.0;
  std::int64_t best_epoch = -1;  ///< from 1
  std::int64_t epochs = 0;
  bool already_finished = false;
};

/// Trains by the recipe and fills the run folder. Throws Error: usage (device, recipe against
/// the run's), data (files), model (init), io (disk, and a loss or gradient that is not finite,
/// naming epoch, step and files), interrupted (state saved).
TrainResult train(const Recipe& recipe, const TrainerOptions& options);

}  // namespace bcnet::train
