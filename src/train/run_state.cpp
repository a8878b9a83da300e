#include "train/run_state.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/error.h"
#include "runs/run_record.h"

namespace bcnet::train {

std::optional<RunState> run_state(const runs::RunFolder& folder, const Recipe& recipe) {
  if (!std::filesystem::exists(folder.recipe())) {
    return std::nullopt;
  }
  const std::string begun_by = recipe_sha256(load_recipe(folder.recipe()));
  const std::string asked_for = recipe_sha256(recipe);
  if (begun_by != asked_for) {
    throw Error(
        ErrorKind::usage,
        fmt::format("{}: found a run of another recipe ({}... in place of {}...), a run of "
                    "this recipe or an empty folder is allowed",
                    folder.path().string(), begun_by.substr(0, 12), asked_for.substr(0, 12)));
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
