#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/layout.h"
#include "data/loader.h"
#include "data/start_check.h"
#include "train/recipe.h"

namespace bcnet::train {

struct TrainingData {
  std::string name;  ///< the folder's own name
  std::vector<data::Sample> training;
  std::vector<data::Sample> validation;
  std::string manifest;  ///< CSV of every pair and its part, kept in the run
};

/// Split folders: train, and validation where there is one. A flat folder, or split folders
/// without validation: a tenth of the pairs is held out by seed, near-duplicates on one side.
/// Checked by data::check_at_start; pairs that it calls unusable are left out. With a manifest:
/// its rows of train and validation, paths below the folder. Throws Error(data).
TrainingData load_training_data(const std::filesystem::path& folder,
                                const std::filesystem::path& manifest, std::uint64_t seed,
                                const data::StartCheckOptions& options);

data::LoaderOptions training_loader_options(const Recipe& recipe, const StageRecipe& stage,
                                            const DecodeOptions& decode);
data::LoaderOptions validation_loader_options(const Recipe& recipe, const DecodeOptions& decode);

}  // namespace bcnet::train
