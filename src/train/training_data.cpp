#include "train/training_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <utility>

#include "core/error.h"
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

/// A data set's parts as far as it has them, checked.
CheckedSet check_set(const data::DataSet& data_set, const std::string& name,
                     const data::StartCheckOptions& options) {
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
  CheckedSet set{name, data_set.folder(), {usable(0), {}, {}}, has_validation};
  if (has_validation) {
    set.parts.validation = usable(1);
  }
  return set;
}

std::vector<std::string> names_of(const std::vector<data::DataSet>& sets) {
  std::vector<std::string> names;
  for (const data::DataSet& set : sets) {
    if (std::find(names.begin(), names.end(), set.name()) != names.end()) {
      throw Error(ErrorKind::usage,
                  fmt::format("--data: found two data sets called '{}', a name each is allowed",
                              set.name()));
    }
    names.push_back(set.name());
  }
  return names;
}

void check_weights(const SetWeights& weights, const std::vector<std::string>& names) {
  for (const auto& [name, weight] : weights) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw Error(ErrorKind::usage, fmt::format("data.weights: found '{}', the data sets are {}",
                                                name, fmt::join(names, ", ")));
    }
  }
}

TrainingSet set_of(const std::string& name, std::size_t images, const SetWeights& weights) {
  const auto found = weights.find(name);
  TrainingSet set{name, static_cast<std::int64_t>(images),
                  found == weights.end() ? 1 : found->second, 0};
  set.draws = std::max<std::int64_t>(1, std::llround(set.weight * static_cast<double>(set.images)));
  return set;
}

void append(std::vector<data::Sample>& all, std::vector<data::Sample> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Puts the set's name in front of names, where there are several sets.
void name_set(std::vector<data::Sample>& samples, std::vector<data::ManifestRow>& rows,
              const std::string& set) {
  for (data::Sample& sample : samples) {
    sample.name = set + "/" + sample.name;
    if (!sample.group.empty()) {
      sample.group = set + "/" + sample.group;
    }
  }
  for (data::ManifestRow& row : rows) {
    row.image = set + "/" + row.image;
    row.mask = set + "/" + row.mask;
    if (!row.group.empty()) {
      row.group = set + "/" + row.group;
    }
  }
}

}  // namespace

std::vector<CheckedSet> check_training_data(const std::vector<data::DataSet>& sets,
                                            const data::StartCheckOptions& options,
                                            const SetWeights& weights) {
  const std::vector<std::string> names = names_of(sets);
  check_weights(weights, names);
  std::vector<CheckedSet> checked;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    checked.push_back(check_set(sets[i], names[i], options));
  }
  return checked;
}

std::string names_in(const std::vector<CheckedSet>& sets) {
  std::string names;
  for (const CheckedSet& set : sets) {
    names += set.name + "\n";
    for (const auto* part : {&set.parts.training, &set.parts.validation}) {
      for (const data::Sample& sample : *part) {
        names += sample.name + "\n";
      }
      names += "\n";
    }
  }
  return names;
}

TrainingData divide_training_data(std::vector<CheckedSet> sets, std::uint64_t seed,
                                  const DecodeOptions& decode, const SetWeights& weights,
                                  ProgressObserver* observer, const data::Team& team) {
  TrainingData data;
  std::vector<data::ManifestRow> rows;
  bool foreground = false;
  for (CheckedSet& set : sets) {
    data::HeldOut parts = set.divided ? std::move(set.parts)
                                      : data::hold_out(set.parts.training, {held_out_share}, seed,
                                                       decode, observer, team);
    // A set of frames without a polyp teaches silence, beside others.
    foreground = foreground || data::any_foreground(parts.training, decode);
    std::vector<data::ManifestRow> own = data::manifest_rows(parts, set.folder);
    data.name += (data.name.empty() ? "" : ", ") + set.name;
    data.sets.push_back(set_of(set.name, parts.training.size(), weights));
    if (sets.size() > 1) {
      name_set(parts.training, own, set.name);
      std::vector<data::ManifestRow> none;
      name_set(parts.validation, none, set.name);
    }
    append(data.training, std::move(parts.training));
    append(data.validation, std::move(parts.validation));
    rows.insert(rows.end(), own.begin(), own.end());
  }
  if (!foreground) {
    throw Error(ErrorKind::data,
                fmt::format("{}: none of {} masks has foreground, there is nothing to learn from",
                            sets.front().folder.string(), data.training.size()));
  }
  data.manifest = data::manifest_csv(rows);
  return data;
}

TrainingData load_training_data(const std::vector<data::DataSet>& sets, std::uint64_t seed,
                                const data::StartCheckOptions& options, const SetWeights& weights) {
  return divide_training_data(check_training_data(sets, options, weights), seed, options.decode,
                              weights, nullptr, {});
}

data::Team team_of(nn::Communicator& communicator) {
  return {communicator.rank(), communicator.size(),
          [&communicator](const std::function<std::string()>& work) {
            std::string own;
            nn::together(communicator, [&] { own = work(); });
            return communicator.gather(own);
          }};
}

data::LoaderOptions training_loader_options(const Recipe& recipe, const StageRecipe& stage,
                                            const TrainingData& data, const DecodeOptions& decode) {
  data::LoaderOptions options;
  for (const TrainingSet& set : data.sets) {
    options.sets.push_back({set.images, set.draws});
  }
  options.batch_size = recipe.batch_size;
  options.width = static_cast<int>(stage.size);
  options.height = static_cast<int>(stage.size);
  options.augment = data::find_augment_policy(stage.augmentation, recipe.augmentations);
  options.seed = static_cast<std::uint64_t>(recipe.seed);
  options.shuffle = true;
  options.drop_last = true;  // batch norm must not see a batch of one image
  options.cut_to_field = recipe.field_of_view;
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
  options.cut_to_field = true;
  options.threads = default_loader_threads();
  options.decode = decode;
  return options;
}

data::LoaderOptions validation_loader_options(const Recipe& recipe, const DecodeOptions& decode) {
  const auto size = static_cast<int>(recipe.validation_size);
  data::LoaderOptions options = validation_loader_options(size, size, decode);
  options.seed = static_cast<std::uint64_t>(recipe.seed);
  options.cut_to_field = recipe.field_of_view;
  options.threads = loader_threads(recipe);
  options.memory_budget_bytes = bytes(recipe.cache_megabytes);
  return options;
}

}  // namespace bcnet::train
