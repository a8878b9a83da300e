#include "serve/token.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.h"
#include "core/files.h"
#include "core/sha256.h"

namespace bcnet::serve {

std::string read_token(const std::filesystem::path& file) {
  std::string token, source;
  if (!file.empty()) {
    constexpr std::uintmax_t longest = 4096;
    token = read_file(file, ErrorKind::usage, longest);
    token.erase(token.find_last_not_of(" \t\r\n") + 1);
    source = file.string();
  } else if (const char* variable = std::getenv("BCNET_TOKEN"); variable != nullptr) {
    token = variable;
    source = "BCNET_TOKEN";
  } else {
    return "";
  }
  const bool good = !token.empty() && std::all_of(token.begin(), token.end(),
                                                  [](char c) { return c > 0x20 && c < 0x7f; });
  if (!good) {
    throw Error(ErrorKind::usage,
                fmt::format("{}: a token of printable ASCII without spaces is expected", source));
  }
  return token;
}

bool is_authorized(std::string_view authorization, std::string_view token) {
  constexpr std::string_view scheme = "Bearer ";
  if (authorization.size() <= scheme.size() ||
      strncasecmp(authorization.data(), scheme.data(), scheme.size()) != 0) {
    return false;
  }
  // Digests are of one length and say nothing of the place where two tokens differ.
  const std::string sent = sha256(std::string(authorization.substr(scheme.size())));
  const std::string expected = sha256(std::string(token));
  unsigned difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference |= static_cast<unsigned char>(sent[i] ^ expected[i]);
  }
  return difference == 0;
}

}  // namespace bcnet::serve
