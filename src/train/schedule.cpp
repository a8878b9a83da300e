#include "train/schedule.h"

#include <algorithm>
#include <cmath>

namespace bcnet::train {

namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double out_of_focus = 0.1;

}  // namespace

Position position_of(const Recipe& recipe, std::int64_t epoch) {
  Position position;
  while (position.stage + 1 < recipe.stages.size() &&
         epoch >= recipe.stages[position.stage].epochs) {
    epoch -= recipe.stages[position.stage].epochs;
    ++position.stage;
  }
  position.stage_epoch = epoch;
  return position;
}

double schedule_factor(const StageRecipe& stage, std::int64_t step, std::int64_t stage_steps) {
  if (step < stage.warmup_steps) {
    return static_cast<double>(step + 1) / static_cast<double>(stage.warmup_steps + 1);
  }
  if (stage.schedule == "constant") {
    return 1.0;
  }
  const double length =
      static_cast<double>(std::max<std::int64_t>(1, stage_steps - stage.warmup_steps));
  const double progress = std::min(1.0, static_cast<double>(step - stage.warmup_steps) / length);
  const double left =
      stage.schedule == "cosine" ? 0.5 * (1.0 + std::cos(pi * progress)) : 1.0 - progress;
  return stage.final_factor + (1.0 - stage.final_factor) * left;
}

double group_rate(const StageRecipe& stage, const std::string& group) {
  double rate = stage.learning_rate;
  if (group == "backbone") {
    rate *= stage.backbone_factor;
  }
  return stage.focus == "all" || stage.focus == group ? rate : rate * out_of_focus;
}

bool is_frozen(const StageRecipe& stage, const std::string& parameter) {
  return std::any_of(stage.freeze.begin(), stage.freeze.end(), [&](const std::string& prefix) {
    return parameter == prefix || parameter.rfind(prefix + ".", 0) == 0;
  });
}

}  // namespace bcnet::train
