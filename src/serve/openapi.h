#pragma once

#include "core/json.h"
#include "serve/models.h"

namespace bcnet::serve {

/// The description of everything that is served, for GET /openapi.json (OpenAPI 3.1). with_token:
/// a bearer token is asked for. with_stream: a camera is shown.
Json openapi(const Models& models, bool with_token, bool with_stream);

}  // namespace bcnet::serve
