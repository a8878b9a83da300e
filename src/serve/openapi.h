#pragma once

#include "core/json.h"
#include "serve/models.h"

namespace bcnet::serve {

/// The description of everything that is served, for GET /openapi.json (OpenAPI 3.1). with_token:
/// a bearer token is asked for.
Json openapi(const Models& models, bool with_token);

}  // namespace bcnet::serve
