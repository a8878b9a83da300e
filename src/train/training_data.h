#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/data_set.h"
#include "data/loader.h"
#include "data/split.h"
#include "data/start_check.h"
#include "data/team.h"
#include "nn/communicator.h"
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

/// A data set that was looked at.
struct CheckedSet {
  std::string name;
  std::filesystem::path folder;
  data::HeldOut parts;   ///< usable pairs: training, validation
  bool divided = false;  ///< it has a validation part; else all are in training
};

/// The splits train and validation of each, or all where it is not divided, checked by
/// data::check_at_start; pairs that it calls unusable are left out. Throws Error(data), and
/// Error(usage) for two sets of one name and a weight of a set that is not there.
std::vector<CheckedSet> check_training_data(const std::vector<data::DataSet>& data,
                                            const data::StartCheckOptions& options,
                                            const SetWeights& weights);

/// Of their pairs and parts, as text: processes compare it before they share work out.
std::string names_in(const std::vector<CheckedSet>& sets);

/// Where there is no validation part a tenth of the pairs is held out by seed, see data::hold_out.
/// Of several data sets, the parts of each are put one behind the other, and samples and manifest
/// have the set's name in front: "kvasir-seg/…". Throws Error(data).
TrainingData divide_training_data(std::vector<CheckedSet> sets, std::uint64_t seed,
                                  const DecodeOptions& decode, const SetWeights& weights,
                                  ProgressObserver* observer, const data::Team& team);

/// Both, in this process alone.
TrainingData load_training_data(const std::vector<data::DataSet>& data, std::uint64_t seed,
                                const data::StartCheckOptions& options,
                                const SetWeights& weights = {});

/// The processes of a training, to look at its data together.
data::Team team_of(nn::Communicator& communicator);

data::LoaderOptions training_loader_options(const Recipe& recipe, const StageRecipe& stage,
                                            const TrainingData& data, const DecodeOptions& decode);
data::LoaderOptions validation_loader_options(const Recipe& recipe, const DecodeOptions& decode);
/// Without a recipe: for a network of that input size, pixels, which sees the field of view alone.
data::LoaderOptions validation_loader_options(int width, int height, const DecodeOptions& decode);

}  // namespace bcnet::train
