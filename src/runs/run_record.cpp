#include "runs/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "core/sha256.h"
#include "core/toml_reader.h"

namespace bcnet::runs {

namespace fs = std::filesystem;

namespace {

/// Leaves out lines that are JSON, but not what the file is to hold.
void keep_if(std::vector<Json>& lines, const std::function<bool(const Json&)>& good,
             const fs::path& path, std::vector<std::string>& damage) {
  const auto bad = std::stable_partition(lines.begin(), lines.end(), good);
  if (bad != lines.end()) {
    damage.push_back(fmt::format("{}: {} lines left out: they hold something else than an epoch",
                                 path.string(), lines.end() - bad));
    lines.erase(bad, lines.end());
  }
}

std::string read_if_there(const fs::path& path, std::vector<std::string>& damage) {
  if (!fs::exists(path)) {
    return {};
  }
  try {
    return read_file(path);
  } catch (const Error& error) {
    damage.emplace_back(error.what());
    return {};
  }
}

void append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
  lines.insert(lines.end(), more.begin(), more.end());
}

/// The validation of the best epoch, or the last; all is not empty.
std::size_t best_place(const std::vector<Validation>& all, const std::vector<Json>& epochs) {
  const Json* best = best_epoch(epochs);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Validation& validation) {
    return best != nullptr && validation.epoch == (*best)["epoch"].get<std::int64_t>();
  });
  return found == all.end() ? all.size() - 1 : static_cast<std::size_t>(found - all.begin());
}

std::int64_t planned_epochs(const Json& recipe) {
  std::int64_t epochs = 0;
  for (const Json& stage : recipe.value("stages", Json::array())) {
    epochs += stage.is_object() ? stage.value("epochs", std::int64_t{0}) : 0;
  }
  return epochs;
}

}  // namespace

bool has_epoch(const Json& line) {
  const auto found = line.find("epoch");
  return found != line.end() && found->is_number_integer() && found->get<std::int64_t>() >= 1;
}

std::vector<std::size_t> frame_places(std::size_t count) {
  constexpr std::size_t most = 6;
  std::vector<std::size_t> places;
  const std::size_t frames = std::min(most, count);
  for (std::size_t i = 0; i < frames; ++i) {
    places.push_back(frames == 1 ? 0 : i * (count - 1) / (frames - 1));
  }
  return places;
}

std::vector<Json> read_lines(const fs::path& path, std::vector<std::string>& damage,
                             std::vector<std::string>& notes) {
  std::vector<Json> lines;
  std::ifstream in(path, std::ios::binary);
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    Json line = Json::parse(text, nullptr, false);
    if (line.is_object()) {
      lines.push_back(std::move(line));
    } else if (in.eof()) {
      notes.push_back(fmt::format("{}: the last line is not whole: left out", path.string()));
    } else {
      damage.push_back(
          fmt::format("{}: line {}: found no JSON object, left out", path.string(), number));
    }
  }
  return lines;
}

std::optional<double> number_of(const Json& line, const char* key) {
  const auto found = line.is_object() ? line.find(key) : line.end();
  if (found == line.end() || !found->is_number() || !std::isfinite(found->get<double>())) {
    return std::nullopt;
  }
  return found->get<double>();
}

RunRecord read_run(const fs::path& folder) {
  ValidationFile validations(RunFolder(folder).validation());
  return read_run(folder, validations);
}

RunRecord read_run(const fs::path& folder, ValidationFile& validations) {
  const RunFolder files(folder);
  if (!files.holds_run()) {
    throw Error(ErrorKind::data,
                fmt::format("{}: {}, a run folder of bcnet train is allowed", folder.string(),
                            fs::is_directory(folder) ? "holds no run (no recipe.toml, no "
                                                       "metrics.jsonl)"
                                                     : "is no folder"));
  }
  RunRecord run;
  run.folder = folder;
  run.epochs = read_lines(files.metrics(), run.damage, run.notes);
  keep_if(run.epochs, has_epoch, files.metrics(), run.damage);
  validations.read_on();
  append(run.damage, validations.damage());
  append(run.notes, validations.notes());
  run.validations = validations.validations([&](const std::vector<Validation>& all) {
    std::vector<std::size_t> shown = frame_places(all.size());
    if (!all.empty()) {
      shown.push_back(best_place(all, run.epochs));
    }
    return shown;
  });
  try {
    run.pictures = read_pictures(files);
  } catch (const Error& error) {
    run.damage.emplace_back(error.what());
  }
  run.recipe = read_if_there(files.recipe(), run.damage);
  try {
    run.planned_epochs = planned_epochs(recipe_json(run.recipe, files.recipe().string()));
  } catch (const std::exception& error) {
    run.damage.push_back(fmt::format("{}: {}", files.recipe().string(), error.what()));
  }
  const std::string environment = read_if_there(files.environment(), run.damage);
  if (!environment.empty()) {
    const Json parsed = Json::parse(environment, nullptr, false);
    if (parsed.is_object()) {
      run.environment = parsed;
    } else {
      run.damage.push_back(files.environment().string() + ": found no JSON object, left out");
    }
  }
  const std::string manifest = read_if_there(files.manifest(), run.damage);
  run.manifest_sha256 = manifest.empty() ? "" : sha256(manifest);
  return run;
}

const Json* best_epoch(const std::vector<Json>& epochs) {
  const Json* best = nullptr;
  for (const Json& line : epochs) {
    const auto dice = number_of(line, "val_dice");
    if (dice && (best == nullptr || *dice > *number_of(*best, "val_dice"))) {
      best = &line;
    }
  }
  return best;
}

const Validation* best_validation(const RunRecord& run) {
  return run.validations.empty() ? nullptr
                                 : &run.validations[best_place(run.validations, run.epochs)];
}

Json recipe_json(const std::string& recipe, const std::string& file) {
  const toml::table table = parse_toml(recipe, file);
  std::ostringstream text;
  text << toml::json_formatter{table};
  return Json::parse(text.str());
}

}  // namespace bcnet::runs
