#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/world_flags.h"
#include "data/annotation_options.h"
#include "image/decode_options.h"

namespace bcnet::cli {

struct TrainOptions {
  std::string recipe;
  std::vector<std::string> data;
  std::vector<std::string> weights;  ///< NAME=W for sets of data
  std::string manifest;
  data::AnnotationOptions annotations;
  std::string out;
  DecodeOptions decode;
  bool ignore_data_errors = false;
  std::string init;
  bool init_partial = false;
  bool resume = false;
  std::string device = "cpu";
  int threads = 0;
  std::string precision;
  std::int64_t seed = -1;  ///< below 0: the recipe's
  bool tensorboard = false;
  WorldFlags world;
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet train`; status receives the exit code.
void setup_train(CLI::App& command, int& status);

/// Trains and prints where the run lies and what came out. Returns 0 or throws Error.
int run_train(const TrainOptions& options);

}  // namespace bcnet::cli
