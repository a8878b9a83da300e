#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bcnet {

/// The bytes that Base64 text stands for, line breaks and a "data:...;base64," in front passed
/// over; nothing where it is no Base64.
std::optional<std::string> from_base64(std::string_view text);

/// Bytes as Base64 text, in one line.
std::string to_base64(std::string_view bytes);

}  // namespace bcnet
