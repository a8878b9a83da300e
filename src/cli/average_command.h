#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "image/decode_options.h"

namespace bcnet::cli {

struct AverageOptions {
  std::vector<std::string> models;  ///< .safetensors files, or runs' folders: their best
  std::string out;
  std::string data;  ///< what to measure on; empty: nothing is measured
  std::string manifest;
  std::string split;
  bool greedy = false;  ///< leave out what lowers the mean Dice on data
  DecodeOptions decode;
  std::string weights = "f32";  ///< f32 or f16
  int threads = 0;              ///< 0: the cores in the affinity mask
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet average`; status receives the exit code.
void setup_average(CLI::App& command, int& status);

/// Writes the mean of the weights and, with data, prints what each and the mean measure there.
/// Returns 0 or throws Error.
int run_average(const AverageOptions& options);

}  // namespace bcnet::cli
