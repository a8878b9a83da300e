#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/recipe.h"

namespace bcnet::compare {

/// One training of a side.
struct CompareRun {
  std::string name;      ///< "bcnet/seed-1", "bcnet/fold-2-of-5": its folder below runs/
  int fold = 0;          ///< from 1; 0 where there are none
  std::string left_out;  ///< the group that it does not see and is measured on; empty: none
  train::Recipe recipe;
};

/// A recipe of a comparison, and its trainings.
struct CompareSide {
  std::string name;  ///< the file's, without extension
  std::filesystem::path file;
  std::vector<CompareRun> runs;  ///< as many as every other side has
};

/// Loads every recipe. folds > 0: a run for each fold; otherwise seeds runs, the recipe's seed
/// and those after it. groups: not empty for a run that leaves out each of them instead. Throws
/// Error(usage) for a bad recipe and for two of one name.
std::vector<CompareSide> plan_comparison(const std::vector<std::string>& recipes, int seeds,
                                         int folds, const std::vector<std::string>& groups = {});

/// In what the recipes are unequal although a comparison asks that they are equal: epochs and
/// sizes, batch, augmentation, seed; a line each, none where all is equal.
std::vector<std::string> unequal_terms(const std::vector<CompareSide>& sides);

/// "bcnet-seed-1": a run's name as part of a file's.
std::string flat_name(const CompareRun& run);

}  // namespace bcnet::compare
