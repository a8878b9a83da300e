#pragma once

#include <string>
#include <vector>

#include "evaluate/result.h"

namespace bcnet::evaluate {

/// Several results side by side: the first row names the columns, then one row a data set,
/// and of several a last one with the plain means over them. The field's measures have columns
/// where every result has them, images without a polyp where any has.
std::vector<std::vector<std::string>> data_set_table(const std::vector<Result>& results);

/// Polyps found, by their size. Nothing where there is none.
std::vector<std::vector<std::string>> size_table(const PolypsFound& polyps);

/// Means by group. Nothing without groups.
std::vector<std::vector<std::string>> group_table(const std::vector<GroupMean>& groups);

/// Whether a dash stands in these tables or among the figures, which idle_note explains.
bool has_idle(const std::vector<Result>& results);

}  // namespace bcnet::evaluate
