#pragma once

#include <filesystem>

namespace bcnet {

/// Where this user's programs keep what can be made again: $XDG_CACHE_HOME/bcnet, else
/// ~/.cache/bcnet; empty where neither variable is set.
std::filesystem::path user_cache_folder();

}  // namespace bcnet
