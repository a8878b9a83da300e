#pragma once

#include <string>
#include <vector>

#include "compare/comparison.h"

namespace bcnet::compare {

/// A comparison as tables.

/// For people: the first row names the columns, then one row a side. A side without a finished
/// run says so in place of its figures, one that lacks some says how many there are.
std::vector<std::vector<std::string>> compare_rows(const Comparison& comparison);

/// Each side's measures against the first's, image by image, in the same form; the first row alone
/// where there is nothing to compare.
std::vector<std::vector<std::string>> compare_differences(const Comparison& comparison);

/// What each side has on each group that was left out, and the mean over the groups, in the same
/// form; the first row alone where none was.
std::vector<std::vector<std::string>> compare_groups(const Comparison& comparison);

/// What stands above the table: data, commit, conditions; a line each.
std::vector<std::string> compare_conditions(const Comparison& comparison);

/// The page comparison.md: conditions with the command, the table, differences, pictures.
std::string compare_markdown(const Comparison& comparison);

/// One line a side, every figure in its own column, empty where there is none.
std::string compare_csv(const Comparison& comparison);

}  // namespace bcnet::compare
