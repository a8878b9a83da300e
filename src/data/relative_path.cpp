#include "data/relative_path.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace bcnet::data {

std::optional<std::string> relative_path(std::string text) {
  std::replace(text.begin(), text.end(), '\\', '/');
  const bool drive =
      text.size() > 1 && text[1] == ':' && std::isalpha(static_cast<unsigned char>(text[0])) != 0;
  const std::filesystem::path path = std::filesystem::path(text).lexically_normal();
  if (text.empty() || drive || path.is_absolute() || path == "." || *path.begin() == "..") {
    return std::nullopt;
  }
  return path.generic_string();
}

}  // namespace bcnet::data
