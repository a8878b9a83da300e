#pragma once

#include <map>
#include <string>
#include <vector>

#include "compare/measure.h"
#include "compare/options.h"
#include "compare/plan.h"

namespace bcnet::compare {

/// What came of it.
struct Trained {
  std::map<std::string, std::string> failed;  ///< why a run stopped, by its name
  bool with_others = false;                   ///< runs are left that other processes are at work on
};

/// Trains every run that is not finished, the first of each side first, each going on from its
/// checkpoint. All sides get the same images: where the data has no validation part, or for
/// folds, by a manifest written beside the runs. A run that stops by an error of its own does not
/// stop the others. With options.shard the runs are shared out to processes: each begins with its
/// own and goes on with those that nobody has, also of processes that are gone; it ends when all
/// that are left are with others which were seen to live. Throws Error(interrupted) with the
/// state saved, and Error(usage) before anything is trained where a folder holds another run.
Trained train_missing(const CompareFolder& folder, const std::vector<CompareSide>& sides,
                      const CompareOptions& options);

}  // namespace bcnet::compare
