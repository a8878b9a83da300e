#include "data/manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/csv.h"
#include "core/csv_reader.h"
#include "core/error.h"
#include "core/files.h"
#include "core/lower_case.h"
#include "data/layouts/names.h"
#include "data/mask_set.h"
#include "data/relative_path.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> header{"image", "mask", "split"};
constexpr std::size_t longest_path = 4096;  // Linux's own limit

std::vector<std::string> read_header(CsvReader& reader) {
  std::vector<std::string> first = reader.next().value_or(std::vector<std::string>{});
  std::transform(first.begin(), first.end(), first.begin(), lower_case);
  return first;
}

/// Where the three columns stand in the first line.
std::array<std::size_t, 3> find_columns(const std::vector<std::string>& first,
                                        const std::string& file, std::size_t line) {
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
                fmt::format("{}:{}: the first line must be image,mask,split; missing: {}", file,
                            line, fmt::join(missing, ", ")));
  }
  for (const std::string name :
       {"image", "mask", "split", "group", "mask_values", "ignore_value"}) {
    if (std::count(first.begin(), first.end(), name) > 1) {
      throw Error(ErrorKind::data,
                  fmt::format("{}:{}: found several columns {}, one is allowed", file, line, name));
    }
  }
  return columns;
}

/// Where a column stands that need not be there.
std::optional<std::size_t> find_column(const std::vector<std::string>& first, const char* name) {
  const auto column = std::find(first.begin(), first.end(), name);
  return column == first.end() ? std::nullopt : std::optional<std::size_t>(column - first.begin());
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
            (grouped ? ',' + csv_field(row.group.empty() ? row.image : row.group) : "");
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
  std::vector<ManifestRow> rows;
  each_manifest_row(file, {}, [&](const ManifestRow& row, bool) { rows.push_back(row); });
  return rows;
}

void each_manifest_row(const fs::path& file, const Shard& shard,
                       const std::function<void(const ManifestRow&, bool)>& row_found) {
  CsvReader reader(file);
  const std::vector<std::string> first = read_header(reader);
  const auto columns = find_columns(first, file.string(), reader.line());
  const auto group_column = find_column(first, "group");
  const auto values_column = find_column(first, "mask_values");
  const auto ignore_column = find_column(first, "ignore_value");
  std::optional<bool> divided, grouped;                                 // as the first row says
  std::unordered_map<std::string, std::size_t> line_of;                 // of images
  std::map<std::string, std::pair<std::string, std::size_t>> split_of;  // of groups
  std::map<std::string, std::string> spelling_of;  // of splits, the first, by what is one in any
  while (auto record = reader.next()) {
    std::vector<std::string>& fields = *record;
    const std::size_t line = reader.line();
    const auto refuse = [&](const std::string& problem) {
      throw Error(ErrorKind::data, fmt::format("{}:{}: {}", file.string(), line, problem));
    };
    // Spreadsheets add empty cells.
    while (fields.size() > first.size() && fields.back().empty()) {
      fields.pop_back();
    }
    if (fields.size() != first.size()) {
      refuse(fmt::format("found {} fields, {} as in the first line are allowed", fields.size(),
                         first.size()));
    }
    std::array<std::string, 3> row;
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = csv_text(fields[columns[i]]);
      if (row[i].empty() && (i < 2 || divided.value_or(false))) {
        refuse("found an empty " + header[i] + ", a text is allowed");
      }
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const auto path = relative_path(row[i]);
      if (row[i].size() > longest_path) {
        refuse(fmt::format("found an {} of {} characters, {} are allowed", header[i], row[i].size(),
                           longest_path));
      }
      if (!path) {
        refuse("'" + row[i] + "' leaves the data set's folder, allowed are paths in it");
      }
      row[i] = *path;
    }
    if (!row[2].empty() && !divided.value_or(true)) {
      refuse("found the split '" + row[2] + "', none is allowed as in the lines before");
    }
    divided = divided.value_or(!row[2].empty());
    row[2] = spelling_of.emplace(lower_case(row[2]), row[2]).first->second;
    const bool kept = shard.has(row[0]);
    if (kept) {
      const auto [known, added] = line_of.emplace(row[0], line);
      if (!added) {
        refuse(fmt::format("'{}' is in line {} already, once is allowed", row[0], known->second));
      }
    }
    const std::string group = group_column ? csv_text(fields[*group_column]) : std::string();
    if (group.empty() == grouped.value_or(!group.empty())) {
      refuse(group.empty() ? "found no group, and the lines before have one: all or none is allowed"
                           : "found the group '" + group +
                                 "', and the lines before have none: all or none is allowed");
    }
    grouped = !group.empty();
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
    row_found({row[0], row[1], row[2], group, std::move(reading)}, kept);
  }
}

}  // namespace bcnet::data
