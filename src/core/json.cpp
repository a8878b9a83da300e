#include "core/json.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "core/files.h"

namespace bcnet {

void write_json(const std::filesystem::path& path, const Json& value) {
  const std::string text = value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (path == "-") {
    std::fputs(text.c_str(), stdout);
    return;
  }
  write_file_atomically(path, text);
}

double shortest(float value) { return std::stod(fmt::format("{}", value)); }

std::string json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bcnet
