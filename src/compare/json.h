#pragma once

#include "compare/comparison.h"
#include "core/json.h"

namespace bcnet::compare {

/// The document of docs/reference/schemas/compare.schema.json.
Json to_json(const Comparison& comparison);

}  // namespace bcnet::compare
