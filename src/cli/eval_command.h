#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/make_engine.h"
#include "data/annotation_options.h"
#include "image/decode_options.h"

namespace bcnet::cli {

struct EvalOptions {
  EngineFlags engine;
  std::vector<std::string> data;
  std::string manifest;  ///< of the one data set
  data::AnnotationOptions annotations;
  std::vector<std::string> predictions;  ///< one folder for each of data; empty: a model
  std::string prediction_values = "auto";
  std::string split;
  DecodeOptions decode;
  bool ignore_data_errors = false;
  bool whole_frame = false;
  std::optional<float> min_confidence;
  std::string metrics = "basic";
  double threshold = -1;               ///< below 0: the model's, of predictions 0.5
  std::vector<std::string> corrupt;    ///< names of image/corrupt.h, or all
  std::vector<std::string> negatives;  ///< crops, synthetic, folders
  std::uint64_t seed = 0;              ///< of the bootstrap, the corruptions, the drawn images
  std::string against;                 ///< an older result to compare with; empty: none
  std::string reliability;             ///< .svg to write; empty: none
  std::string report;                  ///< .html to write; empty: none
  std::string csv;
  std::string shard;  ///< I/N, env; empty: none
  std::string out;    ///< folder for the shares
  std::string json;
  bool quiet = false;
};

/// Registers `bcnet eval`; status receives the exit code.
void setup_eval(CLI::App& command, int& status);

/// Segments every image at its own size, or reads what another program made of it, and compares
/// with its mask. Returns 0, or 3 where a file was bad and the others were done; throws Error,
/// also where data::check_at_start finds errors and ignore_data_errors is off.
int run_eval(const EvalOptions& options);

}  // namespace bcnet::cli
