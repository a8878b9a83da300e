#pragma once

#include <string>
#include <vector>

namespace bcnet {

/// Rows of UTF-8 text as lines for a terminal: columns as wide as their widest cell, two spaces
/// between them, the first to the left and the others to the right. indent: what each line begins
/// with. Every row has as many cells as the first. What is in a cell is made printable
/// (terminal.h).
std::string text_table(const std::vector<std::vector<std::string>>& rows,
                       const std::string& indent = {});

}  // namespace bcnet
