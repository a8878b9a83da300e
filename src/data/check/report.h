#pragma once

#include <string>

#include "core/json.h"
#include "data/check.h"

namespace bcnet::data {

/// A check of data as JSON, see docs/reference/schemas/data-check.schema.json.
Json check_json(const std::string& data, const CheckResult& result);

}  // namespace bcnet::data
