#pragma once

#include <string>
#include <string_view>

namespace bcnet {

/// Text as it may stand in an HTML document, between tags or in a quoted attribute.
std::string escape_html(std::string_view text);

/// Bytes as a data: URI of this media type, "image/jpeg", so that a page needs no other file.
std::string data_uri(std::string_view media_type, std::string_view bytes);

}  // namespace bcnet
