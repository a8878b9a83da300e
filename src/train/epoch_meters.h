#pragma once

#include <vector>

#include "core/json.h"
#include "train/step.h"

namespace bcnet::train {

/// Sums over the steps of an epoch; they go into the checkpoint, so that an epoch that was
/// interrupted reports the same means.
struct EpochMeters {
  double steps = 0, loss = 0, final_mask = 0, location = 0, levels = 0, boundary = 0, presence = 0,
         dice = 0;
  double seconds = 0, loader_seconds = 0, images = 0;
  std::vector<double> each_level;  ///< empty where the epoch began without them

  void add(const StepValues& values);

  Json to_json() const;
  static EpochMeters from_json(const Json& json);
};

}  // namespace bcnet::train
