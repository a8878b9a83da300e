#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "compare/options.h"

namespace bcnet::cli {

struct CompareCommandOptions {
  compare::CompareOptions comparison;
  std::string shard;  ///< I/N, env; empty: none
  bool quiet = false;
};

/// Registers `bcnet compare`; status receives the exit code.
void setup_compare(CLI::App& command, int& status);

/// Trains what is not trained yet, measures every side alike and writes the tables. Returns 0, or
/// 1 where a training failed and the others were done; throws Error, interrupted with the state
/// saved.
int run_compare(const CompareCommandOptions& command);

}  // namespace bcnet::cli
