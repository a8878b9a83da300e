#include "core/base64.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <climits>

namespace bcnet {

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
  const std::string_view mark = ";base64,";
  constexpr std::size_t longest_type = 100;
  const std::size_t data = text.substr(0, longest_type).find(mark);
  std::string plain(data == std::string_view::npos ? text : text.substr(data + mark.size()));
  plain.erase(std::remove_if(plain.begin(), plain.end(),
                             [](unsigned char c) { return std::isspace(c) != 0; }),
              plain.end());
  constexpr std::size_t group = 4;
  while (plain.size() % group != 0 && plain.size() % group != 1) {
    plain += '=';  // some leave the padding out
  }
  if (plain.empty() || plain.size() % group != 0 || plain.size() > INT_MAX) {
    return std::nullopt;
  }
  std::string bytes(plain.size() / group * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(plain),
                                   static_cast<int>(plain.size()));
  if (size < 0) {
    return std::nullopt;
  }
  const auto padding = static_cast<std::size_t>(std::count(plain.end() - 2, plain.end(), '='));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a 0
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  text.pop_back();
  return text;
}

}  // namespace bcnet
