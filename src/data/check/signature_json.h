#pragma once

#include "core/json.h"
#include "data/check/signature.h"

namespace bcnet::data {

/// All of it, from one process to another.
Json to_json(const Signature& signature);
/// What to_json wrote. Throws Error(data) where it is damaged.
Signature signature_of(const Json& json);

}  // namespace bcnet::data
