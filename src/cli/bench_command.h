#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/make_engine.h"
#include "image/decode_options.h"

namespace bcnet::cli {

struct BenchInferOptions {
  EngineFlags engine;
  std::string mode = "latency";
  std::vector<std::string> inputs;
  int warmup = 10;
  int repeat = 100;
  DecodeOptions decode;
  bool reduced = false;
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet bench` with infer and video, and with the training half train and loader;
/// status receives the exit code.
void setup_bench(CLI::App& command, int& status);

/// Prints how long a model takes for an image, part by part. Returns 0 or throws Error.
int run_bench_infer(const BenchInferOptions& options);

}  // namespace bcnet::cli
