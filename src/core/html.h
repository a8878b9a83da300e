#pragma once

#include <string>
#include <vector>

namespace bcnet {

/// Text for inside an HTML element or a quoted attribute.
std::string escape_html(const std::string& text);

/// Bytes as base64, for data: addresses.
std::string base64(const std::vector<unsigned char>& bytes);

}  // namespace bcnet
