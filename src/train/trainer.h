#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/progress.h"
#include "data/annotation_options.h"
#include "image/decode_options.h"
#include "train/recipe.h"

namespace bcnet::nn {
class Communicator;
}

namespace bcnet::train {

struct TrainerOptions {
  std::vector<std::filesystem::path> data;  ///< what data::DataSet opens; one or several
  std::filesystem::path manifest;  ///< of samples below the one data set; empty: its own splits
  data::AnnotationOptions annotations;  ///< of sets whose masks are annotations
  std::filesystem::path run;            ///< where everything is written
  std::filesystem::path init;           ///< weight file to start from; empty for none
  bool init_partial = false;            ///< take of it what fits, in place of refusing it
  bool resume = false;
  std::string device = "cpu";
  int threads = 0;                       ///< 0: the affinity mask
  std::string precision;                 ///< empty: the recipe's
  DecodeOptions decode;                  ///< limits and the orientation rule
  bool ignore_data_errors = false;       ///< leave out pairs that cannot be read; reads all of them
  bool tensorboard = false;              ///< write events for TensorBoard beside metrics.jsonl
  ProgressObserver* progress = nullptr;  ///< who watches the first process; null: nobody
  /// Of the processes that train together, each with these options and a folder that all see, of
  /// which the first alone writes the run. It must outlive the training; null: this process alone.
  nn::Communicator* communicator = nullptr;
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
/// naming epoch, step and files), interrupted (state saved). Of several processes all throw where
/// one has to, and all give the same result.
TrainResult train(const Recipe& recipe, const TrainerOptions& options);

}  // namespace bcnet::train
