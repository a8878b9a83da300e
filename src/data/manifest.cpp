#include "data/manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "core/csv.h"
#include "core/error.h"
#include "core/files.h"
#include "data/mask_set.h"
#include "data/relative_path.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> header{"image", "mask", "split"};

/// Takes one record off text; a quoted field may hold commas, quotes and line ends.
std::vector<std::string> take_record(std::string_view& text) {
  std::vector<std::string> fields(1);
  bool inside = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (inside) {
      if (c == '"' && text.substr(i + 1, 1) == "\"") {
        fields.back() += text[++i];
      } else if (c == '"') {
        inside = false;
      } else {
        fields.back() += c;
      }
    } else if (c == '"') {
      inside = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else if (c == '\n') {
      ++i;
      break;
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  text.remove_prefix(i);
  return fields;
}

/// Where the three columns stand in the first line.
std::array<std::size_t, 3> find_columns(const std::vector<std::string>& first,
                                        const std::string& file) {
  std::array<std::size_t, 3> columns{};
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto column = std::find(first.begin(), first.end(), header[i]);
    columns[i] = static_cast<std::size_t>(column - first.begin());
    if (column == first.end()) {
      missing.push_back(header[i]);
    }
  }
  if (!missing.empty()) {
    throw Error(ErrorKind::data,
                fmt::format("{}:1: the first line must be image,mask,split; missing: {}", file,
                            fmt::join(missing, ", ")));
  }
  return columns;
}

/// Where a column stands that need not be there.
std::optional<std::size_t> find_column(const std::vector<std::string>& first, const char* name) {
  const auto column = std::find(first.begin(), first.end(), name);
  return column == first.end() ? std::nullopt : std::optional<std::size_t>(column - first.begin());
}

/// Takes the mark off that some Windows programs put in front of UTF-8.
void skip_byte_order_mark(std::string_view& text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (text.substr(0, mark.size()) == mark) {
    text.remove_prefix(mark.size());
  }
}

}  // namespace

std::vector<ManifestRow> manifest_rows(const std::vector<Sample>& samples, const fs::path& data,
                                       const std::string& split) {
  std::vector<ManifestRow> rows;
  rows.reserve(samples.size());
  for (const Sample& sample : samples) {
    rows.push_back({sample.name, sample.mask.lexically_relative(data).generic_string(), split,
                    sample.group, reading_to_record(sample)});
  }
  return rows;
}

std::vector<ManifestRow> manifest_rows(const HeldOut& parts, const fs::path& data) {
  std::vector<ManifestRow> rows = manifest_rows(parts.training, data, "train");
  for (const auto& [name, samples] :
       {std::pair{"validation", &parts.validation}, {"test", &parts.test}}) {
    for (ManifestRow& row : manifest_rows(*samples, data, name)) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::string manifest_csv(const std::vector<ManifestRow>& rows) {
  const bool grouped = std::any_of(rows.begin(), rows.end(),
                                   [](const ManifestRow& row) { return !row.group.empty(); });
  const bool explained = std::any_of(rows.begin(), rows.end(), [](const ManifestRow& row) {
    return !(row.reading == MaskReading{});
  });
  std::string text = std::string("image,mask,split") + (grouped ? ",group" : "") +
                     (explained ? ",mask_values,ignore_value" : "") + '\n';
  for (const ManifestRow& row : rows) {
    text += csv_field(row.image) + ',' + csv_field(row.mask) + ',' + csv_field(row.split) +
            (grouped ? ',' + csv_field(row.group) : "");
    if (explained) {
      text += ',' + csv_field(mask_values_text(row.reading)) + ',' +
              (row.reading.ignore ? value_text(*row.reading.ignore) : "");
    }
    text += '\n';
  }
  return text;
}

void write_manifest(const fs::path& file, const std::vector<ManifestRow>& rows) {
  write_file_atomically(file, manifest_csv(rows));
}

std::vector<ManifestRow> read_manifest(const fs::path& file) {
  const std::string bytes = read_file(file, ErrorKind::data);
  std::string_view text = bytes;
  skip_byte_order_mark(text);
  const std::vector<std::string> first = take_record(text);
  const auto columns = find_columns(first, file.string());
  const auto group_column = find_column(first, "group");
  const auto values_column = find_column(first, "mask_values");
  const auto ignore_column = find_column(first, "ignore_value");
  std::vector<ManifestRow> rows;
  std::map<std::string, std::ptrdiff_t> line_of;                           // of images
  std::map<std::string, std::pair<std::string, std::ptrdiff_t>> split_of;  // of groups
  std::ptrdiff_t line = 1;
  const char* counted = bytes.data();  // line ends before this one are in line
  while (!text.empty()) {
    line += std::count(counted, text.data(), '\n');
    counted = text.data();
    std::vector<std::string> fields = take_record(text);
    if (fields.size() == 1 && fields[0].empty()) {
      continue;  // an empty line
    }
    const auto refuse = [&](const std::string& problem) {
      throw Error(ErrorKind::data, fmt::format("{}:{}: {}", file.string(), line, problem));
    };
    if (fields.size() != first.size()) {
      refuse(fmt::format("found {} fields, {} as in the first line are allowed", fields.size(),
                         first.size()));
    }
    std::array<std::string, 3> row;
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = csv_text(fields[columns[i]]);
      if (row[i].empty() && (i < 2 || (!rows.empty() && !rows.front().split.empty()))) {
        refuse("found an empty " + header[i] + ", a text is allowed");
      }
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const auto path = relative_path(row[i]);
      if (!path) {
        refuse("'" + row[i] + "' leaves the data set's folder, allowed are paths in it");
      }
      row[i] = *path;
    }
    if (!row[2].empty() && !rows.empty() && rows.front().split.empty()) {
      refuse("found the split '" + row[2] + "', none is allowed as in the lines before");
    }
    const auto [known, added] = line_of.emplace(row[0], line);
    if (!added) {
      refuse(fmt::format("'{}' is in line {} already, once is allowed", row[0], known->second));
    }
    const std::string group = group_column ? csv_text(fields[*group_column]) : std::string();
    if (!rows.empty() && group.empty() != rows.front().group.empty()) {
      refuse(group.empty() ? "found no group, and the lines before have one: all or none is allowed"
                           : "found the group '" + group +
                                 "', and the lines before have none: all or none is allowed");
    }
    if (!group.empty()) {
      const auto& [split, since] = split_of.emplace(group, std::pair(row[2], line)).first->second;
      if (split != row[2]) {
        refuse(
            fmt::format("the group '{}' is in split '{}' and, since line {}, in '{}'; one is "
                        "allowed",
                        group, row[2], since, split));
      }
    }
    MaskReading reading;
    const std::string values = values_column ? csv_text(fields[*values_column]) : std::string();
    if (!values.empty() && !parse_mask_values(values, reading)) {
      refuse("found the mask_values '" + values + "', allowed are " + mask_values_choices);
    }
    const std::string ignore = ignore_column ? csv_text(fields[*ignore_column]) : std::string();
    if (!ignore.empty() && !parse_ignore_value(ignore, reading)) {
      refuse("found the ignore_value '" + ignore + "', a number is allowed");
    }
    rows.push_back({row[0], row[1], row[2], group, std::move(reading)});
  }
  return rows;
}

}  // namespace bcnet::data
