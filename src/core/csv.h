#pragma once

#include <string>

namespace bcnet {

/// A text as one field of a CSV record (RFC 4180): in quotes where it holds a comma, a quote or a
/// line end, or begins or ends with a space. A text that begins like a formula (=, +, -, @, tab,
/// carriage return) gets a ' in front, so that no spreadsheet runs it; so does one that begins with
/// such a ' itself, so that csv_text gives every text back.
std::string csv_field(const std::string& text);

/// The text of a field that was read, its quotes being off already.
std::string csv_text(const std::string& field);

}  // namespace bcnet
