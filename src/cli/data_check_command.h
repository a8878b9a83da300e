#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "data/annotation_options.h"
#include "data/check.h"
#include "image/decode_options.h"

namespace bcnet::cli {

/// `bcnet data check`
struct DataCheckOptions {
  std::string data;
  std::string manifest;
  data::AnnotationOptions annotations;
  DecodeOptions decode;
  int threads = 0;  ///< 0: the affinity mask
  std::string json;
  std::string html;
  std::string shard;  ///< I/N, env; empty: none
  std::string out;    ///< folder for the shares
  bool quiet = false;
};

/// Registers `check` below `bcnet data`; status receives the exit code.
void setup_data_check(CLI::App& command, int& status);

/// Prints to stdout: each kind with its first few findings, then how many there are.
void print_check(const std::string& data, const data::CheckResult& result);

/// Prints what is wrong with a data set. Returns 0, or 3 where an error was found.
int run_data_check(const DataCheckOptions& options);

}  // namespace bcnet::cli
