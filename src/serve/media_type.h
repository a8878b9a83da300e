#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bcnet::serve {

/// "multipart/form-data; boundary=x" of Content-Type, or one entry of Accept.
struct MediaType {
  std::string name;                               ///< lower case: "multipart/form-data"
  std::map<std::string, std::string> parameters;  ///< keys in lower case
  /// Of a range of Accept: narrower ones beside it, which say themselves what they want (RFC 9110).
  std::vector<std::string> except{};
};

/// None where text is no media type.
std::optional<MediaType> parse_media_type(std::string_view text);

/// Entries of Accept that are wanted (q above 0), the most wanted first, equal ones in their order;
/// none where it is damaged.
std::optional<std::vector<MediaType>> parse_accept(std::string_view text);

/// Whether a range of Accept, "*/*", "image/*" or a name, takes this type, and leaves it to no
/// narrower one.
bool accepts(const MediaType& range, std::string_view name);

/// What stands in `form-data; name="image"; filename="a.png"` behind the first word: keys in lower
/// case; none where it is damaged.
std::optional<std::map<std::string, std::string>> parse_parameters(std::string_view text);

}  // namespace bcnet::serve
