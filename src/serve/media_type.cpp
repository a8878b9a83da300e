#include "serve/media_type.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>
#include <utility>

#include "core/lower_case.h"

namespace bcnet::serve {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

/// Cuts text at separators that stand outside of quotes.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == separator) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::optional<std::string> parameter_value(std::string_view text) {
  if (text.empty() || text.front() != '"') {
    return is_token(text) ? std::optional(std::string(text)) : std::nullopt;
  }
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      return i + 1 == text.size() ? std::optional(value) : std::nullopt;
    }
    if (text[i] == '\\' && ++i == text.size()) {
      break;
    }
    value.push_back(text[i]);
  }
  return std::nullopt;
}

/// Whether a range holds a type, or all of a narrower range.
bool holds(std::string_view range, std::string_view name) {
  if (range == "*/*" || range == name) {
    return true;
  }
  const auto slash = range.find('/');
  return range.substr(slash + 1) == "*" && name.substr(0, slash + 1) == range.substr(0, slash + 1);
}

/// What a preference q says, 0..1; none for anything else.
std::optional<double> quality(const std::string& text) {
  double value = -1;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  return read.ec == std::errc() && read.ptr == end && value >= 0 && value <= 1
             ? std::optional(value)
             : std::nullopt;
}

}  // namespace

std::optional<std::map<std::string, std::string>> parse_parameters(std::string_view text) {
  std::map<std::string, std::string> parameters;
  for (const std::string_view part : split(text, ';')) {
    const std::string_view entry = trimmed(part);
    if (entry.empty()) {
      continue;
    }
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || !is_token(trimmed(entry.substr(0, equals)))) {
      return std::nullopt;
    }
    auto value = parameter_value(trimmed(entry.substr(equals + 1)));
    if (!value ||
        !parameters.emplace(lower_case(trimmed(entry.substr(0, equals))), *value).second) {
      return std::nullopt;
    }
  }
  return parameters;
}

std::optional<MediaType> parse_media_type(std::string_view text) {
  const auto semicolon = std::min(text.find(';'), text.size());
  const std::string_view name = trimmed(text.substr(0, semicolon));
  const auto slash = name.find('/');
  if (slash == std::string_view::npos || !is_token(name.substr(0, slash)) ||
      !is_token(name.substr(slash + 1))) {
    return std::nullopt;
  }
  auto parameters = parse_parameters(text.substr(std::min(semicolon + 1, text.size())));
  if (!parameters) {
    return std::nullopt;
  }
  return MediaType{lower_case(name), std::move(*parameters)};
}

std::optional<std::vector<MediaType>> parse_accept(std::string_view text) {
  std::vector<std::pair<double, MediaType>> entries;
  for (const std::string_view part : split(text, ',')) {
    if (trimmed(part).empty()) {
      continue;
    }
    auto type = parse_media_type(trimmed(part));
    if (!type) {
      return std::nullopt;
    }
    double q = 1;
    if (const auto found = type->parameters.find("q"); found != type->parameters.end()) {
      const auto value = quality(found->second);
      if (!value) {
        return std::nullopt;
      }
      q = *value;
      type->parameters.erase(found);
    }
    entries.emplace_back(q, std::move(*type));
  }
  for (auto& [q, type] : entries) {
    for (const auto& [other_q, other] : entries) {
      if (other.name != type.name && holds(type.name, other.name)) {
        type.except.push_back(other.name);
      }
    }
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<MediaType> types;
  for (auto& [q, type] : entries) {
    if (q > 0) {
      types.push_back(std::move(type));
    }
  }
  return types;
}

bool accepts(const MediaType& range, std::string_view name) {
  return holds(range.name, name) &&
         std::none_of(range.except.begin(), range.except.end(),
                      [&](const std::string& narrower) { return holds(narrower, name); });
}

}  // namespace bcnet::serve
