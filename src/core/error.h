#pragma once

#include "bcnet/error.h"

namespace bcnet {

/// The process exit code for a kind of error.
int exit_code(ErrorKind kind) noexcept;

}  // namespace bcnet
