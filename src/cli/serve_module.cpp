#include "cli/serve_command.h"
#include "cli/serve_part.h"
#include "core/version.h"

/// The one symbol of the shared library that serve_part.cpp loads.
extern "C" __attribute__((visibility("default"))) const bcnet::cli::ServePart* bcnet_serve_part() {
  static const bcnet::cli::ServePart part{bcnet::version(), bcnet::cli::setup_serve};
  return &part;
}
