#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "data/annotation_options.h"
#include "image/decode_options.h"

namespace bcnet::cli {

/// `bcnet data split`
struct DataSplitOptions {
  std::string data;
  std::string split;
  data::AnnotationOptions annotations;
  std::string out;  ///< a CSV file, with folds the folder for them
  DecodeOptions decode;
  double percent = 10;
  double test_percent = 0;  ///< 0: no test part
  int folds = 0;            ///< 0: one division by percent
  std::uint64_t seed = 0;
  bool quiet = false;
};

/// Registers `split` below `bcnet data`; status receives the exit code.
void setup_data_split(CLI::App& command, int& status);

/// Writes the manifest, or one for each fold. Returns 0; throws Error.
int run_data_split(const DataSplitOptions& options);

}  // namespace bcnet::cli
