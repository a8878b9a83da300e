#pragma once

#include <string>

namespace bcnet {

/// Logs at the level of information, one and the same message once in a process. Thread-safe.
void say_once(const std::string& message);

/// The same as a warning: what is read twice is not told twice.
void warn_once(const std::string& message);

}  // namespace bcnet
