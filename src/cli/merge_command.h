#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bcnet::cli {

/// `bcnet merge`
struct MergeOptions {
  std::string out;  ///< what --shard wrote into
  std::string json;
  std::string csv;          ///< of eval
  std::string report;       ///< of eval: its page, without pictures; of data check: its sheet
  std::string reliability;  ///< of eval
  std::string against;      ///< of eval: an older result
  bool quiet = false;
};

/// Registers `bcnet merge`; status receives the exit code.
void setup_merge(CLI::App& command, int& status);

/// Puts the shares of predict, eval or data check together, as one process would have found it.
/// Returns what that verb returns; throws Error.
int run_merge(const MergeOptions& options);

}  // namespace bcnet::cli
