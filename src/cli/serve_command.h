#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/make_engine.h"
#include "serve/options.h"

namespace bcnet::cli {

struct ServeCommandOptions {
  std::vector<std::string> models;  ///< FILE or NAME=FILE
  EngineFlags engine;
  std::string token_file;
  std::string tls_certificate;
  std::string tls_key;
  std::string site;
  std::string export_site;
  bool quiet = false;
  serve::ServeOptions serve;
};

/// Registers `bcnet serve`; status receives the exit code.
void setup_serve(CLI::App& command, int& status);

/// Serves until it is told to end, or writes the page where --export-site says so. Returns 0;
/// throws Error.
int run_serve(const ServeCommandOptions& options);

}  // namespace bcnet::cli
