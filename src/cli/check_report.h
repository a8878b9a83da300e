#pragma once

#include <string>

#include "core/json.h"
#include "data/check.h"

namespace bcnet::cli {

/// A check of data as JSON, see docs/reference/schemas/data-check.schema.json.
Json check_json(const std::string& data, const data::CheckResult& result);

/// Prints it to stdout: each kind with its first few findings, then how many there are.
void print_check(const std::string& data, const data::CheckResult& result);

}  // namespace bcnet::cli
