#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "image/decode_options.h"

namespace bcnet::cli {

struct QuantizeCommandOptions {
  std::string model;
  std::string data;
  std::string manifest;
  std::string out;
  std::string method = "auto";
  std::size_t images = 200;
  std::uint64_t seed = 0;
  std::string weights_range = "auto";
  bool reduce_range = false;  ///< the older way to say 7bit
  std::vector<std::string> keep_float;
  bool sensitivity = false;
  std::vector<std::string> check;
  double max_drop = 0.01;
  double max_rise = 0.02;
  int threads = 0;
  DecodeOptions decode;
  bool whole_frame = false;
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet quantize`; status receives the exit code.
void setup_quantize(CLI::App& command, int& status);

/// Writes a model in 8 bits (quantize/quantize.h), or nothing where too much Dice is lost.
/// Returns 0; throws Error.
int run_quantize(const QuantizeCommandOptions& options);

}  // namespace bcnet::cli
