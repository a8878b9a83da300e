#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapped_file.h"

namespace bcnet {

/// The records of a table as spreadsheets write it: UTF-8 or UTF-16, with or without a byte order
/// mark; separated by commas, semicolons, tabs or bars, which a first line "sep=;" may say and the
/// first record shows otherwise; lines end in LF, CRLF or CR. Spaces around a field are taken off
/// unless they are in its quotes. Time and memory grow with the text alone.
class CsvReader {
 public:
  /// file is what messages call it. Throws Error(data) for what is no text: a workbook, a binary
  /// file, UTF-16 that is cut short.
  CsvReader(std::string bytes, std::string file);
  /// The same of a file, which need not fit in memory (where it is UTF-8). Throws Error(data) where
  /// it cannot be read.
  explicit CsvReader(const std::filesystem::path& file);
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  /// The next record that holds anything; none at the end. Throws Error(data) for a quote that is
  /// never closed.
  std::optional<std::vector<std::string>> next();

  /// Where the last record began, counted from 1.
  std::size_t line() const { return line_; }
  char separator() const { return separator_; }

 private:
  void begin();
  std::vector<std::string> take_record();

  std::string file_;
  std::optional<MappedFile> mapped_;
  std::string text_;
  std::string_view left_;
  char separator_ = ',';
  std::size_t line_ = 1;
  std::size_t next_line_ = 1;
};

}  // namespace bcnet
