#pragma once

#include <string>
#include <vector>

#include "evaluate/result.h"

namespace bcnet::evaluate {

/// Several results side by side: the first row names the columns, then one row a data set,
/// and of several a last one with the plain means over them. The field's measures have columns
/// where every result has them.
std::vector<std::vector<std::string>> data_set_table(const std::vector<Result>& results);

}  // namespace bcnet::evaluate
