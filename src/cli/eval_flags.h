#pragma once

#include <CLI/CLI.hpp>

#include "cli/eval_command.h"

namespace bcnet::cli {

/// Registers the flags of `bcnet eval` and its examples.
void add_eval_flags(CLI::App& command, EvalOptions& options);

/// Throws Error(usage) where two flags do not go together.
void check_eval_flags(const EvalOptions& options);

}  // namespace bcnet::cli
