#pragma once

#include <string>

namespace bcnet {

/// One field of a CSV record (RFC 4180): in quotes where it holds a comma, a quote or a line end.
std::string csv_field(const std::string& field);

}  // namespace bcnet
