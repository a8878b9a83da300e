#include "train/training_data.h"

#include <algorithm>

#include "core/threads.h"
#include "data/augment_keys.h"
#include "data/manifest.h"
#include "data/split.h"

namespace bcnet::train {

namespace {

constexpr double held_out_share = 0.1;

int default_loader_threads() { return std::clamp(affinity_threads() / 2, 1, 4); }

int loader_threads(const Recipe& recipe) {
  return recipe.loader_threads > 0 ? static_cast<int>(recipe.loader_threads)
                                   : default_loader_threads();
}

std::uint64_t bytes(double megabytes) {
  return static_cast<std::uint64_t>(megabytes * 1024 * 1024);
}

}  // namespace

TrainingData load_training_data(const data::DataSet& data_set, std::uint64_t seed,
                                const data::StartCheckOptions& options,
                                ProgressObserver* observer) {
  TrainingData data;
  data.name = data_set.name();
  const std::string training =
      data_set.splits().empty() ? std::string() : data_set.require_split("train");
  const bool has_validation = !data_set.find_split("validation").empty();
  std::vector<std::string> used{training};
  if (has_validation) {
    used.emplace_back("validation");
  }
  const data::CheckedSamples checked = data::check_at_start(data_set, used, options);
  const auto usable = [&](std::size_t split) {
    std::vector<data::Sample> samples = checked.splits[split];
    samples.erase(std::remove_if(samples.begin(), samples.end(),
                                 [&](const data::Sample& sample) {
                                   return checked.unusable.count(sample.name) > 0;
                                 }),
                  samples.end());
    return samples;
  };
  const data::HeldOut parts =
      has_validation ? data::HeldOut{usable(0), usable(1), {}}
                     : data::hold_out(usable(0), {held_out_share}, seed, options.decode, observer);
  data.training = parts.training;
  data.validation = parts.validation;
  data.manifest = data::manifest_csv(data::manifest_rows(parts, data_set.folder()));
  return data;
}

data::LoaderOptions training_loader_options(const Recipe& recipe, const StageRecipe& stage,
                                            const DecodeOptions& decode) {
  data::LoaderOptions options;
  options.batch_size = recipe.batch_size;
  options.width = static_cast<int>(stage.size);
  options.height = static_cast<int>(stage.size);
  options.augment = data::find_augment_policy(stage.augmentation, recipe.augmentations);
  options.seed = static_cast<std::uint64_t>(recipe.seed);
  options.shuffle = true;
  options.drop_last = true;  // batch norm must not see a batch of one image
  options.with_edge_weights = recipe.edge_weights;
  options.threads = loader_threads(recipe);
  options.memory_budget_bytes = bytes(recipe.cache_megabytes);
  options.decode = decode;
  return options;
}

data::LoaderOptions validation_loader_options(int width, int height, const DecodeOptions& decode) {
  data::LoaderOptions options;
  options.batch_size = 4;
  options.width = width;
  options.height = height;
  options.threads = default_loader_threads();
  options.decode = decode;
  return options;
}

data::LoaderOptions validation_loader_options(const Recipe& recipe, const DecodeOptions& decode) {
  const auto size = static_cast<int>(recipe.validation_size);
  data::LoaderOptions options = validation_loader_options(size, size, decode);
  options.seed = static_cast<std::uint64_t>(recipe.seed);
  options.threads = loader_threads(recipe);
  options.memory_budget_bytes = bytes(recipe.cache_megabytes);
  return options;
}

}  // namespace bcnet::train
