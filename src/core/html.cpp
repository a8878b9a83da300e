#include "core/html.h"

#include <utility>

#include "core/base64.h"

namespace bcnet {

Markup escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return Markup(std::move(escaped));
}

Markup data_uri(std::string_view media_type, std::string_view bytes) {
  return Markup("data:" + escape_html(media_type).text() + ";base64," + to_base64(bytes));
}

}  // namespace bcnet
