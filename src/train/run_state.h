#pragma once

#include <cstdint>
#include <optional>

#include "runs/run_folder.h"
#include "train/recipe.h"

namespace bcnet::train {

/// How far a run is, by the files in its folder alone.
struct RunState {
  std::int64_t epochs = 0;  ///< that are over
  bool finished = false;    ///< all of the recipe's epochs, and the best weights are there
  std::int64_t best_epoch = 0;
  double seconds = 0;  ///< of training steps, without validation
};

/// None where no run was begun in the folder. Throws Error(usage) where one was begun by another
/// recipe, naming both.
std::optional<RunState> run_state(const runs::RunFolder& folder, const Recipe& recipe);

}  // namespace bcnet::train
