#include "core/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "core/error.h"

namespace bcnet {

namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | code >> 6);
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

/// low: which of a unit's two bytes is the lower one. Empty for what is no UTF-16.
std::optional<std::string> utf8_from_utf16(std::string_view bytes, std::size_t low) {
  if (bytes.size() % 2 != 0) {
    return std::nullopt;
  }
  const auto unit = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + low]) |
                                      static_cast<unsigned char>(bytes[i + 1 - low]) << 8);
  };
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    std::uint32_t code = unit(i);
    if (code >= 0xD800 && code < 0xE000) {  // the first half of a pair
      const std::uint32_t second = i + 2 < bytes.size() ? unit(i + 2) : 0;
      if (code >= 0xDC00 || second < 0xDC00 || second >= 0xE000) {
        return std::nullopt;
      }
      code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
      i += 2;
    }
    append_utf8(text, code);
  }
  return text;
}

/// The text of a file as UTF-8 without a mark: in bytes, or in converted where it was UTF-16.
std::string_view text_of(std::string_view bytes, const std::string& file, std::string& converted) {
  const auto refuse = [&](const std::string& found) {
    throw Error(ErrorKind::data, fmt::format("{}: {}, a table as text is allowed (CSV, UTF-8 or "
                                             "UTF-16)",
                                             file, found));
  };
  if (begins_with(bytes, "PK\x03\x04") || begins_with(bytes, "\xD0\xCF\x11\xE0")) {
    refuse("is a workbook (XLSX, ODS or XLS); save the sheet as CSV");
  }
  for (const auto& [mark, low] : {std::pair{std::string_view("\xFF\xFE"), std::size_t{0}},
                                  {std::string_view("\xFE\xFF"), std::size_t{1}}}) {
    // Without its mark the first letter, of a column's name, tells.
    const bool bare = bytes.size() > 1 && bytes[1 - low] == '\0' && bytes[low] != '\0';
    if (begins_with(bytes, mark) || bare) {
      auto text = utf8_from_utf16(bytes.substr(bare ? 0 : mark.size()), low);
      if (!text) {
        refuse("is UTF-16 that is damaged or cut short");
      }
      converted = std::move(*text);
      bytes = converted;
      break;
    }
  }
  if (begins_with(bytes, utf8_mark)) {
    bytes.remove_prefix(utf8_mark.size());
  }
  if (bytes.find('\0') != std::string_view::npos) {
    refuse("holds zero bytes and is no text");
  }
  return bytes;
}

/// What a first line "sep=;" says; it may stand in quotes.
std::optional<char> told_separator(std::string_view line) {
  if (line.size() >= 2 && line.front() == '"' && line.back() == '"') {
    line = line.substr(1, line.size() - 2);
  }
  const bool told = line.size() == 5 && begins_with(line, "sep=");
  return told ? std::optional(line[4]) : std::nullopt;
}

/// The character that divides the first line into the most fields.
char seen_separator(std::string_view line) {
  constexpr std::array candidates{',', ';', '\t', '|'};
  std::array<std::size_t, candidates.size()> counts{};
  bool inside = false;
  for (const char c : line) {
    inside = inside != (c == '"');
    const auto found = std::find(candidates.begin(), candidates.end(), c);
    if (!inside && found != candidates.end()) {
      ++counts.at(static_cast<std::size_t>(found - candidates.begin()));
    }
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  return candidates.at(static_cast<std::size_t>(most - counts.begin()));
}

}  // namespace

CsvReader::CsvReader(std::string bytes, std::string file)
    : file_(std::move(file)), text_(std::move(bytes)) {
  std::string converted;
  const std::string_view text = text_of(text_, file_, converted);
  if (!converted.empty()) {
    const std::size_t first = static_cast<std::size_t>(text.data() - converted.data());
    text_ = std::move(converted);
    left_ = std::string_view(text_).substr(first);
  } else {
    left_ = text;
  }
  begin();
}

CsvReader::CsvReader(const std::filesystem::path& file) : file_(file.string()) {
  mapped_.emplace(file, ErrorKind::data);
  left_ = text_of(mapped_->bytes(), file_, text_);
  begin();
}

void CsvReader::begin() {
  const std::string_view first = left_.substr(0, left_.find_first_of("\r\n"));
  if (const auto told = told_separator(first)) {
    separator_ = *told;
    left_.remove_prefix(first.size());
    left_.remove_prefix(begins_with(left_, "\r\n") ? 2 : left_.empty() ? 0 : 1);
    next_line_ = 2;
  } else {
    separator_ = seen_separator(first);
  }
}

std::optional<std::vector<std::string>> CsvReader::next() {
  while (!left_.empty()) {
    line_ = next_line_;
    std::vector<std::string> fields = take_record();
    if (std::any_of(fields.begin(), fields.end(),
                    [](const std::string& field) { return !field.empty(); })) {
      return fields;
    }
  }
  return std::nullopt;
}

std::vector<std::string> CsvReader::take_record() {
  std::vector<std::string> fields(1);
  std::size_t kept = 0;  // what of the last field was in quotes and stays as it is
  bool inside = false;
  const auto is_blank = [&](char c) { return c == ' ' || (c == '\t' && separator_ != '\t'); };
  const auto end_field = [&] {
    std::string& field = fields.back();
    while (field.size() > kept && is_blank(field.back())) {
      field.pop_back();
    }
    kept = 0;
  };
  std::size_t i = 0;
  for (bool done = false; !done && i < left_.size(); ++i) {
    const char c = left_[i];
    const bool line_end = c == '\n' || c == '\r';
    if (line_end) {
      // CRLF is one end, in a field too.
      const bool both = c == '\r' && left_.substr(i + 1, 1) == "\n";
      if (inside) {
        fields.back() += both ? "\r\n" : std::string(1, c);
      }
      i += both ? 1 : 0;
      ++next_line_;
      done = !inside;
    } else if (inside && c == '"') {
      if (left_.substr(i + 1, 1) == "\"") {
        fields.back() += left_[++i];
      } else {
        inside = false;
        kept = fields.back().size();
      }
    } else if (inside) {
      fields.back() += c;
    } else if (c == '"') {
      inside = true;
    } else if (c == separator_) {
      end_field();
      fields.emplace_back();
    } else if (!fields.back().empty() || kept > 0 || !is_blank(c)) {
      fields.back() += c;
    }
  }
  left_.remove_prefix(i);
  if (inside) {
    throw Error(ErrorKind::data, fmt::format("{}:{}: a quote that begins in this record is never "
                                             "closed",
                                             file_, line_));
  }
  end_field();
  return fields;
}

}  // namespace bcnet
