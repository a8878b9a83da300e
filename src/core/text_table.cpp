#include "core/text_table.h"

#include <algorithm>

#include "core/terminal.h"

namespace bcnet {

namespace {

/// Characters; bytes that continue one take no place.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& cells,
                       const std::string& indent) {
  std::vector<std::vector<std::string>> rows = cells;
  for (auto& row : rows) {
    std::transform(row.begin(), row.end(), row.begin(), printable);
  }
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(row.size(), 0);
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    text += indent;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - width(row[i]), ' ');
      text += i == 0 ? row[i] + space : "  " + space + row[i];
    }
    text += '\n';
  }
  return text;
}

}  // namespace bcnet
