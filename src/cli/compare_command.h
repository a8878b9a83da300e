#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "image/decode_options.h"

namespace bcnet::cli {

struct CompareOptions {
  std::vector<std::string> recipes;
  std::string data;
  std::string out;
  std::string split;  ///< what the table is measured on; empty: each run's validation part
  int seeds = 1;
  int folds = 0;  ///< 0: none
  bool table = false;
  int rounds = 30;
  std::string device = "cpu";
  int threads = 0;
  std::string precision = "auto";
  std::uint64_t seed = 1;  ///< of the split or the folds, and of the bootstrap
  DecodeOptions decode;
  bool ignore_data_errors = false;
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet compare`; status receives the exit code.
void setup_compare(CLI::App& command, int& status);

/// Trains what is not trained yet, measures every side alike and writes the tables. Returns 0, or
/// 1 where a training failed and the others were done; throws Error, interrupted with the state
/// saved.
int run_compare(const CompareOptions& options);

}  // namespace bcnet::cli
