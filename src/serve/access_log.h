#pragma once

#include <string>

#include "serve/http.h"

namespace bcnet::serve {

/// One line of JSON for a request: time, id, client, method, route, status, bytes, milliseconds by
/// phase. Nothing that may name a patient is in it: no path, no query, no file name, no body.
std::string access_line(const Request& request, const Response& response, double milliseconds);

/// An id for a request: what the client sent where that is 1 to 64 letters, digits, '-', '_', '.';
/// else a random one.
std::string request_id(std::optional<std::string_view> sent);

}  // namespace bcnet::serve
