#include "train/run_state.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/error.h"
#include "runs/run_record.h"
#include "train/recipe_difference.h"

namespace bcnet::train {

std::optional<RunState> run_state(const runs::RunFolder& folder, const Recipe& recipe) {
  if (!std::filesystem::exists(folder.recipe())) {
    return std::nullopt;
  }
  const auto differences = recipe_differences(load_recipe(folder.recipe()), recipe);
  if (!differences.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("{}: found a run of another recipe ({}), a run of this recipe or an "
                            "empty folder is allowed",
                            folder.path().string(), differences_text(differences)));
  }
  RunState state;
  std::vector<std::string> damage;  // a line cut short is an epoch that is done again
  const std::vector<Json> lines = runs::read_lines(folder.metrics(), damage, damage);
  for (const Json& line : lines) {
    state.epochs = line.value("epoch", std::int64_t{0});
    state.seconds += line.value("seconds", 0.0);
  }
  if (const Json* best = runs::best_epoch(lines)) {
    state.best_epoch = best->value("epoch", std::int64_t{0});
  }
  state.finished = state.epochs >= total_epochs(recipe) && std::filesystem::exists(folder.best());
  return state;
}

}  // namespace bcnet::train
