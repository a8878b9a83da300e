#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/make_engine.h"
#include "image/decode_options.h"

namespace bcnet::cli {

struct BenchVideoOptions {
  EngineFlags engine;
  std::vector<std::string> inputs;
  std::vector<std::string> sizes{"640x480", "1280x720", "1920x1080", "3840x2160"};
  std::vector<double> rates{30, 60};
  int frames = 150;
  std::string clips;
  DecodeOptions decode;
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet bench video`; status receives the exit code.
void setup_bench_video(CLI::App& command, int& status);

/// Prints how fast videos are looked at, part by part. Returns 0 or throws Error.
int run_bench_video(const BenchVideoOptions& options);

}  // namespace bcnet::cli
