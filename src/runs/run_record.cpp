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
#include "runs/outline.h"

namespace bcnet::runs {

namespace fs = std::filesystem;

namespace {

bool has_epoch(const Json& line) {
  const auto found = line.find("epoch");
  return found != line.end() && found->is_number_integer() && found->get<std::int64_t>() >= 1;
}

bool is_validation(const Json& line) {
  const auto images = line.find("images");
  return has_epoch(line) && images != line.end() && images->is_array() &&
         std::all_of(images->begin(), images->end(), [](const Json& image) {
           const auto name = image.find("image");
           const auto outline = image.find("outline");
           return name != image.end() && name->is_string() && number_of(image, "dice") &&
                  number_of(image, "iou") && number_of(image, "polyp_percent") &&
                  (outline == image.end() ||
                   (outline->is_string() && is_outline_path(outline->get<std::string>())));
         });
}

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

std::int64_t planned_epochs(const Json& recipe) {
  std::int64_t epochs = 0;
  for (const Json& stage : recipe.value("stages", Json::array())) {
    epochs += stage.is_object() ? stage.value("epochs", std::int64_t{0}) : 0;
  }
  return epochs;
}

}  // namespace

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
  run.validations = read_lines(files.validation(), run.damage, run.notes);
  keep_if(run.validations, is_validation, files.validation(), run.damage);
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

const Json* best_validation(const RunRecord& run) {
  if (run.validations.empty()) {
    return nullptr;
  }
  const Json* best = best_epoch(run.epochs);
  const auto found = std::find_if(
      run.validations.begin(), run.validations.end(),
      [&](const Json& line) { return best != nullptr && line["epoch"] == (*best)["epoch"]; });
  return found != run.validations.end() ? &*found : &run.validations.back();
}

Json recipe_json(const std::string& recipe, const std::string& file) {
  const toml::table table = parse_toml(recipe, file);
  std::ostringstream text;
  text << toml::json_formatter{table};
  return Json::parse(text.str());
}

}  // namespace bcnet::runs
