#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "cli/world_flags.h"
#include "image/decode_options.h"

namespace bcnet::cli {

/// What both ask for.
struct TrainingBenchOptions {
  std::string recipe;
  std::string data;
  std::int64_t size = 0;        ///< pixels; 0: those of every stage
  std::int64_t batch_size = 0;  ///< 0: the recipe's
  DecodeOptions decode;
  std::string json;
  bool quiet = false;
};

struct BenchTrainOptions {
  TrainingBenchOptions common;
  std::int64_t steps = 20;
  std::int64_t warmup = 4;
  std::int64_t recorded = 2;  ///< steps whose operators are recorded
  std::int64_t losses = 0;    ///< first steps whose losses are told; 0: none
  std::string batches;        ///< file for those steps; empty: none
  std::string init;
  std::string device = "cpu";
  int threads = 0;  ///< 0: the affinity mask
  std::string precision;
  WorldFlags world;
};

struct BenchLoaderOptions {
  TrainingBenchOptions common;
  std::int64_t batches = 20;        ///< of each pass
  std::int64_t loader_threads = 0;  ///< 0: the recipe's
};

/// Registers `train` and `loader` below `bcnet bench`; status receives the exit code.
void setup_train_bench(CLI::App& command, int& status);
void setup_loader_bench(CLI::App& command, int& status);

/// Prints speed, phases and operators of a training step. Returns 0 or throws Error.
int run_bench_train(const BenchTrainOptions& options);

/// Prints how fast the loader gives batches. Returns 0 or throws Error.
int run_bench_loader(const BenchLoaderOptions& options);

}  // namespace bcnet::cli
