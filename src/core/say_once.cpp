#include "core/say_once.h"

#include <mutex>
#include <set>

#include "core/log.h"

namespace bcnet {

void say_once(const std::string& message) {
  static std::mutex mutex;
  static std::set<std::string> said;
  const std::lock_guard<std::mutex> lock(mutex);
  if (said.insert(message).second) {
    spdlog::info("{}", message);
  }
}

}  // namespace bcnet
