#include "core/csv.h"

#include <string_view>

namespace bcnet {

namespace {

/// Whether a text, behind any number of ', begins like a formula.
bool begins_like_formula(const std::string& text) {
  const std::size_t first = text.find_first_not_of('\'');
  return first != std::string::npos &&
         std::string_view("=+-@\t\r").find(text[first]) != std::string_view::npos;
}

}  // namespace

std::string csv_field(const std::string& text) {
  const std::string field = begins_like_formula(text) ? "'" + text : text;
  const bool spaced = !field.empty() && (field.front() == ' ' || field.back() == ' ');
  if (!spaced && field.find_first_of(",\"\r\n") == std::string::npos) {
    return field;
  }
  std::string quoted = "\"";
  for (const char c : field) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + '"';
}

std::string csv_text(const std::string& field) {
  return !field.empty() && field.front() == '\'' && begins_like_formula(field) ? field.substr(1)
                                                                               : field;
}

}  // namespace bcnet
