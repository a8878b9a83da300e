#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/augment.h"
#include "nn/architectures.h"
#include "nn/losses.h"

namespace bcnet {
struct KeyDescription;
}

namespace bcnet::train {

struct StageRecipe {
  std::string name;
  std::int64_t epochs = 1;
  double learning_rate = 1e-4;        ///< peak
  double backbone_factor = 1.0;       ///< the backbone's share of it
  std::string focus = "all";          ///< all or one of nn::module_groups: others learn at a tenth
  std::string schedule = "constant";  ///< constant, cosine, linear: over the stage's steps
  double final_factor = 0.005;        ///< where cosine and linear end, a share of the peak
  std::int64_t warmup_steps = 0;      ///< linear from 0
  std::int64_t size = 352;            ///< input height and width, pixels
  std::string augmentation = "basic";
  bool quantize = false;  ///< train with weights and inputs of convolutions rounded as for int8
  std::vector<std::string> freeze;  ///< prefixes of parameter names that do not learn
};

/// Of data_weights.
inline constexpr double least_weight = 0.001, most_weight = 1000;

/// A training run, as its TOML file says it. Every key is optional but [[stages]].
struct Recipe {
  std::int64_t seed = 1;
  std::string precision = "auto";  ///< auto, f32, bf16
  nn::NetworkOptions model;
  bool pretrained = true;  ///< start from the backbone's ImageNet weights where they are found

  std::int64_t batch_size = 8;
  double cache_megabytes = 4096;               ///< decoded images kept in memory
  std::int64_t loader_threads = 0;             ///< 0: one for each core but at most 4
  bool field_of_view = true;                   ///< cut off what lies around it
  std::map<std::string, double> data_weights;  ///< of several data sets, by name; 1 for others
  bool whole_batch_norm = true;  ///< over the batch of all processes; else over each one's part
  bool edge_weights = true;      ///< weigh pixels near mask edges (PraNet's 31×31 mean)

  nn::LossOptions loss;

  double weight_decay = 0.01;
  bool decay_all = false;  ///< also biases, batch norms and γ
  double beta1 = 0.9, beta2 = 0.999;
  double clip_norm = 1.0;    ///< largest gradient norm, 0 for none
  double ema_decay = 0.998;  ///< 0 for none

  std::int64_t validate_every = 1;  ///< epochs
  std::int64_t validation_size = 352;
  double checkpoint_seconds = 60;
  std::string trained_on;  ///< the data's name in the model file; empty: the folder's name
  std::string license;     ///< of the weights, for the model file

  data::AugmentPolicies augmentations;  ///< the recipe's own, by name; stages name them
  std::vector<StageRecipe> stages;
};

/// Parses and checks a recipe; file is for messages. Throws Error(usage) with file, line, key,
/// what was found and what is allowed; unknown keys are errors. described, where given, receives
/// every key that was asked for (recipe_keys.h).
Recipe parse_recipe(const std::string& text, const std::string& file,
                    std::vector<KeyDescription>* described = nullptr);

/// parse_recipe on a file's text.
Recipe load_recipe(const std::filesystem::path& path);

/// The recipe with every default filled in, as TOML that parses back to the same recipe.
std::string to_toml(const Recipe& recipe);

/// "log" or "linear", as recipes say it.
std::string iou_term_name(nn::IouTerm term);

/// SHA-256 of to_toml, 64 hex digits.
std::string recipe_sha256(const Recipe& recipe);

/// Epochs of all stages.
std::int64_t total_epochs(const Recipe& recipe);

}  // namespace bcnet::train
