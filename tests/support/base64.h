#pragma once

#include <cstdint>
#include <string>

namespace bcnet::test {

/// Bytes as Base64 text.
template <typename Bytes>
std::string base64(const Bytes& bytes) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t group = 0;
  int bits = 0;
  for (const auto byte : bytes) {
    group = group << 8 | static_cast<std::uint8_t>(byte);
    for (bits += 8; bits >= 6; bits -= 6) {
      text += digits[group >> (bits - 6) & 63];
    }
  }
  if (bits > 0) {
    text += digits[group << (6 - bits) & 63];
  }
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

}  // namespace bcnet::test
