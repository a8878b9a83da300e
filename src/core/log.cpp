#include "core/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <memory>

#include "core/log_name.h"
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

constexpr const char* program = "bcnet";

}  // namespace

void set_log_name(const std::string& name) {
  spdlog::set_default_logger(spdlog::default_logger()->clone(name));
}

// Of the logger and not a variable of ours: the half of the program that is loaded has its own.
std::string log_name() {
  const std::string& name = spdlog::default_logger()->name();
  return name.empty() ? program : name;
}

void set_up_logging(bool quiet) {
  auto logger = spdlog::get(program);
  if (!logger) {
    logger = spdlog::stderr_color_mt(program);
    spdlog::set_default_logger(logger);
  }
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableMessage>('*').set_pattern("%n: %^%l%$: %*");
  spdlog::set_formatter(std::move(formatter));
  spdlog::set_level(quiet ? spdlog::level::warn : spdlog::level::info);
}

}  // namespace bcnet
