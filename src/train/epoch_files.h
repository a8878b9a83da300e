#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "train/ema.h"
#include "train/epoch_meters.h"
#include "train/recipe.h"
#include "train/training_data.h"
#include "train/validator.h"

namespace bcnet::train {

/// An epoch that is over.
struct EpochEnd {
  std::int64_t epoch = 0;                        ///< of the whole run, from 1
  std::int64_t steps = 0;                        ///< of the whole run
  std::map<std::string, double> learning_rates;  ///< by module group; none of what is frozen whole
  EpochMeters meters;
  std::optional<ValidationResult> validation;  ///< where it was validated
};

/// Its line of metrics.jsonl.
Json metrics_line(const EpochEnd& end, const StageRecipe& stage);

/// The line of validation.jsonl of an epoch that was validated.
Json validation_line(const EpochEnd& end);

/// What TensorBoard shows of a line of metrics.jsonl: tag and value.
std::vector<std::pair<std::string, double>> tensorboard_scalars(const Json& metrics_line);

/// Writes the averaged weights as a model file with its description; recipe_sha256: of the run's
/// recipe.toml, validation is null where there is none. Throws Error(io).
void write_average(const std::filesystem::path& path, const Ema& average, const Recipe& recipe,
                   const std::string& recipe_sha256, const TrainingData& data,
                   const ValidationResult* validation);

}  // namespace bcnet::train
