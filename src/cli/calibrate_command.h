#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/make_engine.h"
#include "image/decode_options.h"

namespace bcnet::cli {

struct CalibrateOptions {
  EngineFlags engine;
  std::string data;
  std::string manifest;
  std::string split;
  DecodeOptions decode;
  bool whole_frame = false;
  std::optional<float> min_confidence;  ///< written too; none: as it is
  std::string out;  ///< model file to write; empty: the temperature is only shown
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet calibrate`; status receives the exit code.
void setup_calibrate(CLI::App& command, int& status);

/// Fits the temperature of a model (metrics/temperature.h), and how likely what it finds is a polyp
/// (metrics/platt.h), on images with masks, and writes the model with both; out may be the model
/// itself. Returns 0, or 3 where a file was bad and the others were used; throws Error.
int run_calibrate(const CalibrateOptions& options);

}  // namespace bcnet::cli
