#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/data_set.h"
#include "data/loader.h"
#include "data/start_check.h"
#include "train/recipe.h"

namespace bcnet::train {

/// One of several data sets that a run is trained on.
struct TrainingSet {
  std::string name;         ///< as DataSet::name gives it
  std::int64_t images = 0;  ///< for training
  double weight = 1;        ///< how often each is drawn in an epoch
  std::int64_t draws = 0;   ///< an epoch
};

struct TrainingData {
  std::string name;               ///< of the data set, or of all of them: "a, b"
  std::vector<TrainingSet> sets;  ///< in the order of training
  std::vector<data::Sample> training;
  std::vector<data::Sample> validation;
  std::string manifest;  ///< CSV of every pair and its part, kept in the run
};

/// How often each image of a data set is drawn in an epoch, by the set's name; 1 for others.
using SetWeights = std::map<std::string, double>;

/// The splits train and validation. Without validation, and where the data set is not divided, a
/// tenth of the pairs is held out by seed, see data::hold_out. Checked by data::check_at_start;
/// pairs that it calls unusable are left out. Of several data sets, the parts of each are put one
/// behind the other, and samples and manifest have the set's name in front: "kvasir-seg/…". Throws
/// Error(data), and Error(usage) for two sets of one name and a weight of a set that is not there.
TrainingData load_training_data(const std::vector<data::DataSet>& data, std::uint64_t seed,
                                const data::StartCheckOptions& options,
                                const SetWeights& weights = {},
                                ProgressObserver* observer = nullptr);

data::LoaderOptions training_loader_options(const Recipe& recipe, const StageRecipe& stage,
                                            const TrainingData& data, const DecodeOptions& decode);
data::LoaderOptions validation_loader_options(const Recipe& recipe, const DecodeOptions& decode);
/// Without a recipe: for a network of that input size, pixels, which sees the field of view alone.
data::LoaderOptions validation_loader_options(int width, int height, const DecodeOptions& decode);

}  // namespace bcnet::train
