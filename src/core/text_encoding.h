#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bcnet {

/// Whether bytes are UTF-8.
bool is_utf8(std::string_view bytes);

/// Text of an encoding that iconv knows ("GB18030", "UTF-16") as UTF-8; nothing where the bytes are
/// not of it.
std::optional<std::string> to_utf8(std::string_view bytes, const char* encoding);

}  // namespace bcnet
