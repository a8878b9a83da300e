#include "core/cache_folder.h"

#include <cstdlib>

namespace bcnet {

std::filesystem::path user_cache_folder() {
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::filesystem::path(text == nullptr ? "" : text);
  };
  if (const auto cache = value("XDG_CACHE_HOME"); !cache.empty()) {
    return cache / "bcnet";
  }
  const auto home = value("HOME");
  return home.empty() ? home : home / ".cache" / "bcnet";
}

}  // namespace bcnet
