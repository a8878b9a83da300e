#include "core/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bcnet {

std::string format_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  const auto hours = whole / 3600;
  const auto minutes = whole / 60 % 60;
  if (hours > 0) {
    return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  }
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace bcnet
