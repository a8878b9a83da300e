#include "train/training_data.h"

#include <algorithm>

#include "core/error.h"
#include "core/threads.h"
#include "data/augment_keys.h"
#include "data/manifest.h"
#include "data/split.h"

namespace bcnet::train {

namespace {

constexpr double held_out_share = 0.1;

int loader_threads(const Recipe& recipe) {
  if (recipe.loader_threads > 0) {
    return static_cast<int>(recipe.loader_threads);
  }
  return std::clamp(affinity_threads() / 2, 1, 4);
}

std::uint64_t bytes(double megabytes) {
  return static_cast<std::uint64_t>(megabytes * 1024 * 1024);
}

data::HeldOut read_parts(const std::filesystem::path& folder,
                         const std::filesystem::path& manifest) {
  const auto rows = data::read_manifest(manifest);
  data::HeldOut parts{data::manifest_samples(rows, folder, "train"),
                      data::manifest_samples(rows, folder, "validation")};
  for (const auto& [name, samples] :
       {std::pair{"train", &parts.training}, {"validation", &parts.validation}}) {
    if (samples->empty()) {
      throw Error(ErrorKind::data, manifest.string() + ": split: found no row of " + name +
                                       ", at least one is allowed");
    }
  }
  return parts;
}

}  // namespace

TrainingData load_training_data(const std::filesystem::path& folder,
                                const std::filesystem::path& manifest, std::uint64_t seed,
                                const data::StartCheckOptions& options) {
  TrainingData data;
  const auto absolute = std::filesystem::absolute(folder).lexically_normal();
  data.name = (absolute.has_filename() ? absolute : absolute.parent_path()).filename().string();
  if (!manifest.empty()) {
    const data::HeldOut parts = read_parts(folder, manifest);
    data.training = parts.training;
    data.validation = parts.validation;
    data.manifest = data::manifest_csv(data::manifest_rows(parts, folder));
    return data;
  }

  const auto splits = data::list_splits(folder);
  const auto has = [&](const char* name) {
    return std::find(splits.begin(), splits.end(), name) != splits.end();
  };
  if (!splits.empty() && !has("train")) {
    throw Error(ErrorKind::data, folder.string() + ": has split folders, but none named train");
  }
  const std::string training = splits.empty() ? "" : "train";
  const bool has_validation = has("validation") || has("val");
  std::vector<std::string> used{training};
  if (has_validation) {
    used.emplace_back("validation");
  }
  const data::CheckedSamples checked = data::check_at_start(folder, used, options);
  const auto usable = [&](std::size_t split) {
    std::vector<data::Sample> samples = checked.splits[split];
    samples.erase(std::remove_if(samples.begin(), samples.end(),
                                 [&](const data::Sample& sample) {
                                   return checked.unusable.count(sample.name) > 0;
                                 }),
                  samples.end());
    return samples;
  };
  const data::HeldOut parts = has_validation
                                  ? data::HeldOut{usable(0), usable(1)}
                                  : data::hold_out(usable(0), held_out_share, seed, options.decode);
  data.training = parts.training;
  data.validation = parts.validation;
  data.manifest = data::manifest_csv(data::manifest_rows(parts, folder));
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

data::LoaderOptions validation_loader_options(const Recipe& recipe, const DecodeOptions& decode) {
  data::LoaderOptions options;
  options.batch_size = 4;
  options.width = static_cast<int>(recipe.validation_size);
  options.height = static_cast<int>(recipe.validation_size);
  options.seed = static_cast<std::uint64_t>(recipe.seed);
  options.threads = loader_threads(recipe);
  options.memory_budget_bytes = bytes(recipe.cache_megabytes);
  options.decode = decode;
  return options;
}

}  // namespace bcnet::train
