#pragma once

#include <string>
#include <vector>

#include "core/json.h"

namespace bcnet::compare {

/// A comparison's document (docs/reference/schemas/compare.schema.json) as tables.

/// For people: the first row names the columns, then one row a side. A side without a finished
/// run says so in place of its figures, one that lacks some says how many there are.
std::vector<std::vector<std::string>> compare_rows(const Json& comparison);

/// Each side's measures against the first's, image by image, in the same form; the first row alone
/// where there is nothing to compare.
std::vector<std::vector<std::string>> compare_differences(const Json& comparison);

/// What stands above the table: data, commit, conditions; a line each.
std::vector<std::string> compare_conditions(const Json& comparison);

/// The page comparison.md: conditions with the command, the table, differences, pictures.
std::string compare_markdown(const Json& comparison);

/// One line a side, every figure in its own column, empty where there is none.
std::string compare_csv(const Json& comparison);

}  // namespace bcnet::compare
