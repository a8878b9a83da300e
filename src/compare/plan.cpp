#include "compare/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "core/error.h"

namespace bcnet::compare {

namespace {

void refuse_same_names(const std::vector<CompareSide>& sides) {
  for (std::size_t i = 0; i < sides.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (sides[i].name == sides[j].name) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} and {}: found two recipes of the name '{}', which is the "
                                "file's, one of each name is allowed",
                                sides[j].file.string(), sides[i].file.string(), sides[i].name));
      }
    }
  }
}

/// Names of groups as those of folders, each another one.
std::vector<std::string> folder_names(const std::vector<std::string>& groups) {
  std::vector<std::string> names;
  for (const std::string& group : groups) {
    std::string name = group;
    std::replace_if(
        name.begin(), name.end(),
        [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; }, '_');
    const bool taken = std::find(names.begin(), names.end(), name) != names.end();
    names.push_back(taken ? fmt::format("{}-{}", name, names.size() + 1) : name);
  }
  return names;
}

std::string epochs_of(const train::Recipe& recipe) {
  std::string text;
  for (const train::StageRecipe& stage : recipe.stages) {
    text += fmt::format("{}{} of {} pixels", text.empty() ? "" : " + ", stage.epochs, stage.size);
  }
  return text;
}

std::string augmentation_of(const train::Recipe& recipe) {
  std::string text;
  for (const train::StageRecipe& stage : recipe.stages) {
    text += (text.empty() ? "" : ", ") + stage.augmentation;
  }
  return text;
}

}  // namespace

std::vector<CompareSide> plan_comparison(const std::vector<std::string>& recipes, int seeds,
                                         int folds, const std::vector<std::string>& groups) {
  const std::vector<std::string> folders = folder_names(groups);
  std::vector<CompareSide> sides;
  for (const std::string& file : recipes) {
    sides.push_back({std::filesystem::path(file).stem().string(), file, {}});
  }
  refuse_same_names(sides);
  for (CompareSide& side : sides) {
    const train::Recipe recipe = train::load_recipe(side.file);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      side.runs.push_back({side.name + "/without-" + folders[i], 0, groups[i], recipe});
    }
    for (int i = 0; groups.empty() && i < std::max(seeds, folds); ++i) {
      CompareRun run{{}, folds > 0 ? i + 1 : 0, {}, recipe};
      if (folds == 0) {
        run.recipe.seed += i;
      }
      run.name = folds > 0 ? fmt::format("{}/fold-{}-of-{}", side.name, run.fold, folds)
                           : fmt::format("{}/seed-{}", side.name, run.recipe.seed);
      side.runs.push_back(std::move(run));
    }
  }
  return sides;
}

std::vector<std::string> unequal_terms(const std::vector<CompareSide>& sides) {
  std::vector<std::string> lines;
  const auto compare = [&](const char* what, auto value_of) {
    std::string line;
    std::set<std::string> values;
    for (const CompareSide& side : sides) {
      const std::string value = fmt::format("{}", value_of(side.runs.front().recipe));
      values.insert(value);
      line += fmt::format("{}{} {}", line.empty() ? "" : "; ", side.name, value);
    }
    if (values.size() > 1) {
      lines.push_back(fmt::format("{}: {}", what, line));
    }
  };
  compare("epochs", epochs_of);
  compare("augmentation", augmentation_of);
  compare("batch size", [](const train::Recipe& recipe) { return recipe.batch_size; });
  compare("validation size", [](const train::Recipe& recipe) { return recipe.validation_size; });
  compare("seed", [](const train::Recipe& recipe) { return recipe.seed; });
  return lines;
}

std::string flat_name(const CompareRun& run) {
  std::string name = run.name;
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

}  // namespace bcnet::compare
