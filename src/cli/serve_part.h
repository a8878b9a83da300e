#pragma once

#include "cli/train_half.h"

namespace bcnet::cli {

/// What the program has of the server. It lies in a shared library of its own, which is loaded when
/// it is to serve: HTTP and its web pages take a minute to compile, and no other verb needs them.
struct ServePart {
  const char* version;  ///< of the build, the same as the program's
  SetupVerb setup_serve;
};

/// Loads it. Throws Error(usage) where it is not installed, Error(io) where it cannot be loaded or
/// is of another version.
const ServePart& serve_part();

}  // namespace bcnet::cli
