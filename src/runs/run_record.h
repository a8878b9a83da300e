#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "runs/pictures.h"
#include "runs/validation_file.h"

namespace bcnet::runs {

/// What a run folder's files say. Folders of older versions, and of runs that were stopped, have
/// fewer of them: what is not there is empty.
struct RunRecord {
  std::filesystem::path folder;
  std::vector<Json> epochs;  ///< lines of metrics.jsonl, each with an integer epoch from 1
  /// Of validation.jsonl; images of those that a page shows: the first, the best, the frames.
  std::vector<Validation> validations;
  Pictures pictures;
  std::string recipe;  ///< as it is
  Json environment = Json::object();
  std::string manifest_sha256;      ///< of manifest.csv; empty without one
  std::int64_t planned_epochs = 0;  ///< of the recipe; 0 where it does not say
  std::vector<std::string> damage;  ///< what could not be read: file, line, why
  std::vector<std::string> notes;   ///< what is no damage, but worth a word
};

/// Reads a run for a report. Throws Error(data) for a folder that holds none.
RunRecord read_run(const std::filesystem::path& folder);

/// The same with its validation.jsonl, of which no more is read than what is new in it.
RunRecord read_run(const std::filesystem::path& folder, ValidationFile& validations);

/// Whether a line belongs to an epoch: an integer from 1.
bool has_epoch(const Json& line);

/// Which of so many validations show a picture over the epochs: a few at about equal steps, the
/// first and the last among them.
std::vector<std::size_t> frame_places(std::size_t count);

/// The lines of a file of JSON objects, those that cannot be read left out and told to damage; a
/// last one without its end is being written, or was when the run was killed: it goes to notes.
/// None for a file that is not there.
std::vector<Json> read_lines(const std::filesystem::path& path, std::vector<std::string>& damage,
                             std::vector<std::string>& notes);

/// A finite number of a line; none where it is not there.
std::optional<double> number_of(const Json& line, const char* key);

/// The line of metrics.jsonl with the best val_dice, the first of equal ones; null where the run
/// was never validated.
const Json* best_epoch(const std::vector<Json>& epochs);

/// What validation.jsonl says of that epoch, or of the last one that it knows; null without any.
const Validation* best_validation(const RunRecord& run);

/// A recipe as JSON. Throws Error(usage) where it is no TOML.
Json recipe_json(const std::string& recipe, const std::string& file);

}  // namespace bcnet::runs
