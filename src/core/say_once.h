#pragma once

#include <string>

namespace bcnet {

/// Logs at the level of information; a message that was logged before in this process is left out.
/// Thread-safe.
void say_once(const std::string& message);

/// The same at the level of warnings: a file that is read twice is warned of once.
void warn_once(const std::string& message);

}  // namespace bcnet
