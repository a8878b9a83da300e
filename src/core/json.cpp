#include "core/json.h"

#include <fmt/format.h>

#include <charconv>
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

double shortest(float value) {
  const std::string text = fmt::format("{}", value);
  double read = 0;
  std::from_chars(text.data(), text.data() + text.size(), read);
  return read;
}

std::string json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bcnet
