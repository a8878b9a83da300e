#pragma once

#include <vector>

#include "evaluate/result.h"

namespace bcnet::cli {

/// Prints to stdout what was measured: all of one result, of several one table.
void print_eval(const std::vector<evaluate::Result>& results);

}  // namespace bcnet::cli
