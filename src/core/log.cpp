#include "core/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <memory>

#include "core/terminal.h"

namespace bcnet {

namespace {

/// The message: names of files that it holds cannot move the cursor.
class PrintableMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& line) override {
    const std::string text = printable({message.payload.data(), message.payload.size()});
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableMessage>();
  }
};

}  // namespace

void set_up_logging(bool quiet) {
  auto logger = spdlog::get("bcnet");
  if (!logger) {
    logger = spdlog::stderr_color_mt("bcnet");
    spdlog::set_default_logger(logger);
  }
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableMessage>('*').set_pattern("bcnet: %^%l%$: %*");
  spdlog::set_formatter(std::move(formatter));
  spdlog::set_level(quiet ? spdlog::level::warn : spdlog::level::info);
}

}  // namespace bcnet
