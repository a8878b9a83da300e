#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/make_engine.h"
#include "track/steady.h"

namespace bcnet::cli {

struct BenchSteadyOptions {
  EngineFlags engine;
  std::vector<std::string> data;
  std::vector<double> smoothing{0, track::SteadyOptions{}.smoothing};
  std::vector<double> min_duration{0, track::SteadyOptions{}.min_duration};
  double max_gap = track::SteadyOptions{}.max_gap;
  int scenes = 24;
  int frames = 75;
  double noise = 8;
  std::uint64_t seed = 1;
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet bench steady`.
void setup_bench_steady(CLI::App& command, int& status);

/// Prints what smoothing and a least duration do to made videos. Returns 0 or throws Error.
int run_bench_steady(const BenchSteadyOptions& options);

}  // namespace bcnet::cli
