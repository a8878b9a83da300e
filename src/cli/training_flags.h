#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bcnet::cli {

/// Registers --device, --threads and --precision of the verbs that take training steps; the
/// values, of which device is the default, must outlive the command. threads 0: the affinity mask;
/// precision empty: the recipe's.
void add_training_flags(CLI::App& command, std::string& device, int& threads,
                        std::string& precision);

}  // namespace bcnet::cli
