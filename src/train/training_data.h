#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/data_set.h"
#include "data/loader.h"
#include "data/start_check.h"
#include "train/recipe.h"

namespace bcnet::train {

struct TrainingData {
  std::string name;  ///< the data set's, as DataSet::name gives it
  std::vector<data::Sample> training;
  std::vector<data::Sample> validation;
  std::string manifest;  ///< CSV of every pair and its part, kept in the run
};

/// The splits train and validation. Without validation, and where the data set is not divided, a
/// tenth of the pairs is held out by seed, see data::hold_out. Checked by data::check_at_start;
/// pairs that it calls unusable are left out. Throws Error(data).
TrainingData load_training_data(const data::DataSet& data, std::uint64_t seed,
                                const data::StartCheckOptions& options,
                                ProgressObserver* observer = nullptr);

data::LoaderOptions training_loader_options(const Recipe& recipe, const StageRecipe& stage,
                                            const DecodeOptions& decode);
data::LoaderOptions validation_loader_options(const Recipe& recipe, const DecodeOptions& decode);
/// Without a recipe: for a network of that input size, pixels.
data::LoaderOptions validation_loader_options(int width, int height, const DecodeOptions& decode);

}  // namespace bcnet::train
