#pragma once

#include <cstdint>
#include <string>

#include "train/recipe.h"

namespace bcnet::train {

/// Where a run stands: stages in order, epochs counted through the whole run.
struct Position {
  std::size_t stage = 0;
  std::int64_t stage_epoch = 0;  ///< within the stage, from 0
};

/// The stage of an epoch of the whole run, from 0.
Position position_of(const Recipe& recipe, std::int64_t epoch);

/// Share of the stage's peak rate at a step of the stage: linear warm-up, then the schedule.
double schedule_factor(const StageRecipe& stage, std::int64_t step, std::int64_t stage_steps);

/// Learning rate of a module group (one of nn::module_groups) at the stage's peak: the
/// groups out of focus learn at a tenth.
double group_rate(const StageRecipe& stage, const std::string& group);

/// True where a freeze prefix of the stage names the parameter or its module.
bool is_frozen(const StageRecipe& stage, const std::string& parameter);

}  // namespace bcnet::train
