#pragma once

#include <string>
#include <vector>

#include "evaluate/result.h"

namespace bcnet::evaluate {

/// One line for each image of every result, its data set before it, under a line that names the
/// columns; a value that an image has not is an empty field. results is not empty.
std::string results_csv(const std::vector<Result>& results);

}  // namespace bcnet::evaluate
