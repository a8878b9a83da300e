#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "data/annotation_options.h"
#include "image/decode_options.h"

namespace bcnet::cli {

/// `bcnet data synth`
struct DataSynthOptions {
  std::string out;
  int count = 40;
  std::uint64_t seed = 0;
  bool quiet = false;
};

/// `bcnet data preview`
struct DataPreviewOptions {
  std::string data;
  std::string manifest;
  data::AnnotationOptions annotations;
  std::string split;
  std::string out;
  std::string augment = "none";
  std::vector<std::string> corrupt;  ///< names of image/corrupt.h, or all: shows these instead
  bool field = false;                ///< shows whole frames with the field of view framed instead
  std::string recipe;                ///< whose own policies augment may name
  DecodeOptions decode;
  bool whole_frame = false;
  int count = 24;
  int size = 224;
  std::uint64_t seed = 0;
  bool quiet = false;
};

void setup_data(CLI::App& command, int& status);
int run_data_synth(const DataSynthOptions& options);
int run_data_preview(const DataPreviewOptions& options);

}  // namespace bcnet::cli
