#pragma once

#include <spdlog/spdlog.h>

namespace bcnet {

/// Sends messages to stderr, warnings and errors only where quiet. stdout stays for results.
void set_up_logging(bool quiet);

}  // namespace bcnet
