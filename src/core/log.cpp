#include "core/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>

namespace bcnet {

void set_up_logging(bool quiet) {
  auto logger = spdlog::get("bcnet");
  if (!logger) {
    logger = spdlog::stderr_color_mt("bcnet");
    spdlog::set_default_logger(logger);
  }
  spdlog::set_pattern("bcnet: %^%l%$: %v");
  spdlog::set_level(quiet ? spdlog::level::warn : spdlog::level::info);
}

}  // namespace bcnet
