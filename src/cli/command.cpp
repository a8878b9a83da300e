#include "cli/command.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

namespace bcnet::cli {

CLI::Validator not_empty() {
  return {[](const std::string& text) {
            return std::string(text.empty() ? "found nothing, a value is expected" : "");
          },
          ""};
}

void add_threads_flag(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "Threads (default: the affinity mask)")
      ->check(CLI::Range(1, 1024));
}

CLI::Validator seed_number() {
  return {[](const std::string& text) {
            std::int64_t number = 0;
            const char* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data(), end, number);
            return read.ec == std::errc() && read.ptr == end && number >= 0
                       ? std::string()
                       : fmt::format("found '{}', a whole number from 0 to {} is allowed", text,
                                     std::numeric_limits<std::int64_t>::max());
          },
          ""};
}

}  // namespace bcnet::cli
