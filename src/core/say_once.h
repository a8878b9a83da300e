#pragma once

#include <string>

namespace bcnet {

/// Logs at the level of information, one and the same message once in a process. Thread-safe.
void say_once(const std::string& message);

}  // namespace bcnet
