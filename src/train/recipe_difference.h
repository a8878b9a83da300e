#pragma once

#include <string>
#include <vector>

#include "train/recipe.h"

namespace bcnet::train {

/// Keys in which a run's recipe and another differ, each with both values: "loss.boundary was 1 and
/// is 2". Empty where they say the same.
std::vector<std::string> recipe_differences(const Recipe& run, const Recipe& now);

/// The first few of them in one line.
std::string differences_text(const std::vector<std::string>& differences);

/// Keys that a resolved recipe in a file does not name, for an earlier version wrote it, each with
/// the default that holds: "loss.auxiliary_stride = 1". file is for messages. Throws Error(usage)
/// where text is no TOML.
std::vector<std::string> keys_without_value(const std::string& text, const std::string& file,
                                            const Recipe& recipe);

/// Refuses to go on with a run by another recipe than it was begun with: key by key, so that one
/// begun before a key was known goes on with the key's default. run_text: the run's recipe.toml;
/// sha256: of that text, as its checkpoint has it. Throws Error(usage) naming the keys, or the file
/// where it is not as the run wrote it.
void require_recipe_of_run(const std::string& run_text, const std::string& file,
                           const std::string& sha256, const Recipe& now);

}  // namespace bcnet::train
