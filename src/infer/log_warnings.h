#pragma once

#include "infer/engine.h"

namespace bcnet::infer {

/// For programs: logs what an engine warns of, each line once in a process. The library itself
/// writes to no terminal.
void log_warnings(const Engine& engine);

}  // namespace bcnet::infer
