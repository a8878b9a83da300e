#pragma once

#include <map>
#include <string>
#include <vector>

#include "compare/measure.h"
#include "compare/options.h"
#include "compare/plan.h"

namespace bcnet::compare {

/// Trains every run that is not finished, the first of each side first, each going on from its
/// checkpoint. All sides get the same images: where the data has no validation part, or for
/// folds, by a manifest written beside the runs. A run that stops by an error of its own does not
/// stop the others: returns its message by the run's name. Throws Error(interrupted) with the
/// state saved, and Error(usage) before anything is trained where a folder holds another run.
std::map<std::string, std::string> train_missing(const CompareFolder& folder,
                                                 const std::vector<CompareSide>& sides,
                                                 const CompareOptions& options);

}  // namespace bcnet::compare
