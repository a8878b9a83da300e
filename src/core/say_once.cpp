#include "core/say_once.h"

#include <mutex>
#include <set>

#include "core/log.h"

namespace bcnet {

namespace {

bool is_new(const std::string& message) {
  static std::mutex mutex;
  static std::set<std::string> said;
  constexpr std::size_t most = 10000;  // of a server that runs for months
  const std::lock_guard<std::mutex> lock(mutex);
  return said.size() < most && said.insert(message).second;
}

}  // namespace

void say_once(const std::string& message) {
  if (is_new(message)) {
    spdlog::info("{}", message);
  }
}

void warn_once(const std::string& message) {
  if (is_new(message)) {
    spdlog::warn("{}", message);
  }
}

}  // namespace bcnet
