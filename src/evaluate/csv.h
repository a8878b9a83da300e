#pragma once

#include <string>
#include <vector>

#include "core/json.h"

namespace bcnet::evaluate {

/// One line for each image of every result (per_image), its data set before it, under a line
/// that names the columns; a value that an image has not is an empty field.
std::string eval_csv(const std::vector<Json>& results);

}  // namespace bcnet::evaluate
