#pragma once

#include <string>
#include <vector>

#include "evaluate/result.h"

namespace bcnet::cli {

/// Prints to stdout what was measured: all of one result, of several one table.
void print_eval(const std::vector<evaluate::Result>& results);

/// Writes what was measured to those of the files that have a name: as JSON (- for stdout), as a
/// table of the images, as the reliability diagram of the first, which is calibrated then.
void write_eval(const std::vector<evaluate::Result>& results, const std::string& json,
                const std::string& csv, const std::string& reliability);

}  // namespace bcnet::cli
