#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bcnet::cli {

struct InfoOptions {
  std::string file;
  std::string json;
  bool recipe_keys = false;  ///< in place of a file
};

/// Registers `bcnet info`; status receives the exit code.
void setup_info(CLI::App& command, int& status);

/// Says what a model file, weight file or recipe is, or which keys a recipe may have. Returns 0 or
/// throws Error.
int run_info(const InfoOptions& options);

}  // namespace bcnet::cli
