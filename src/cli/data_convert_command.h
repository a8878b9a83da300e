#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "data/annotation_options.h"
#include "image/decode_options.h"

namespace bcnet::cli {

/// `bcnet data convert`
struct DataConvertOptions {
  std::string data;
  std::string manifest;
  data::AnnotationOptions annotations;
  std::string split;
  std::string out;
  std::string layout = "flat";
  DecodeOptions decode;
  std::string json;
  bool quiet = false;
};

/// Registers `convert` below `bcnet data`; status receives the exit code.
void setup_data_convert(CLI::App& command, int& status);

/// Writes the data set in another layout. Returns 0, or 3 where a pair could not be converted and
/// the others were; throws Error.
int run_data_convert(const DataConvertOptions& options);

}  // namespace bcnet::cli
