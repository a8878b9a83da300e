#include "serve/http.h"

#include <algorithm>

#include "core/json.h"

namespace bcnet::serve {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int status_of(const Error& error) {
  switch (error.reason()) {
    case ErrorReason::too_large:
      return 413;
    case ErrorReason::unsupported:
      return 415;
    case ErrorReason::not_found:
      return 404;
    case ErrorReason::busy:
      return 503;
    case ErrorReason::other:
      break;
  }
  return error.kind() == ErrorKind::data || error.kind() == ErrorKind::usage ? 400 : 500;
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const Header& header) { return header.name == name; });
  return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

Response text_response(int status, std::string content_type, std::string body) {
  Response response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

const char* status_code_name(int status) {
  switch (status) {
    case 400:
      return "bad_request";
    case 401:
      return "unauthorized";
    case 404:
      return "not_found";
    case 405:
      return "method_not_allowed";
    case 406:
      return "not_acceptable";
    case 408:
      return "timeout";
    case 413:
      return "too_large";
    case 415:
      return "unsupported_media_type";
    case 417:
      return "expectation_failed";
    case 431:
      return "header_too_large";
    case 499:
      return "client_closed_request";
    case 503:
      return "unavailable";
    default:
      return "internal";
  }
}

Response error_response(const Request& request, int status, const std::string& message) {
  Response response = text_response(
      status, json_type,
      json_line(
          {{"error", message}, {"code", status_code_name(status)}, {"request_id", request.id}}));
  if (status == 503) {
    response.headers.push_back({"Retry-After", "1"});
  }
  if (status == 401) {
    response.headers.push_back({"WWW-Authenticate", "Bearer"});
  }
  return response;
}

Response error_response(const Request& request, const Error& error) {
  return error_response(request, status_of(error), error.public_message());
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = text.size() - i > 2 ? hex_digit(text[i + 1]) : -1;
      const int low = text.size() - i > 2 ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return std::nullopt;
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return std::nullopt;
    }
    decoded.push_back(c);
  }
  return decoded;
}

std::optional<std::vector<std::pair<std::string, std::string>>> query_values(
    std::string_view query) {
  std::vector<std::pair<std::string, std::string>> values;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (part.empty()) {
      continue;
    }
    const auto equals = std::min(part.find('='), part.size());
    auto key = percent_decoded(part.substr(0, equals));
    auto value = percent_decoded(part.substr(std::min(equals + 1, part.size())));
    if (!key || !value) {
      return std::nullopt;
    }
    values.emplace_back(std::move(*key), std::move(*value));
  }
  return values;
}

}  // namespace bcnet::serve
