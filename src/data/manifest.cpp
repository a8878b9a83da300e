#include "data/manifest.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/csv.h"
#include "core/error.h"
#include "core/files.h"

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

bool stays_inside(const std::string& path) {
  const fs::path normal = fs::path(path).lexically_normal();
  return normal.is_relative() && *normal.begin() != "..";
}

}  // namespace

std::vector<ManifestRow> manifest_rows(const std::vector<Sample>& samples, const fs::path& data,
                                       const std::string& split) {
  std::vector<ManifestRow> rows;
  rows.reserve(samples.size());
  for (const Sample& sample : samples) {
    rows.push_back({sample.name, sample.mask.lexically_relative(data).generic_string(), split});
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
  std::string text = "image,mask,split\n";
  for (const ManifestRow& row : rows) {
    text += csv_field(row.image) + ',' + csv_field(row.mask) + ',' + csv_field(row.split) + '\n';
  }
  return text;
}

void write_manifest(const fs::path& file, const std::vector<ManifestRow>& rows) {
  write_file_atomically(file, manifest_csv(rows));
}

std::vector<ManifestRow> read_manifest(const fs::path& file) {
  const std::string bytes = read_file(file, ErrorKind::data);
  std::string_view text = bytes;
  if (take_record(text) != header) {
    throw Error(ErrorKind::data, file.string() + ":1: the first line must be image,mask,split");
  }
  std::vector<ManifestRow> rows;
  while (!text.empty()) {
    const auto consumed = bytes.size() - text.size();
    const auto line =
        1 + std::count(bytes.begin(), bytes.begin() + static_cast<long>(consumed), '\n');
    const std::vector<std::string> fields = take_record(text);
    const std::string where = file.string() + ":" + std::to_string(line) + ": ";
    if (fields.size() != header.size() ||
        std::any_of(fields.begin(), fields.end(), [](const auto& f) { return f.empty(); })) {
      throw Error(ErrorKind::data, where + "found " + std::to_string(fields.size()) +
                                       " fields, allowed are three that are not empty");
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (!stays_inside(fields[i])) {
        throw Error(ErrorKind::data, where + "'" + fields[i] +
                                         "' leaves the data set's folder, allowed are paths in it");
      }
    }
    rows.push_back({fields[0], fields[1], fields[2]});
  }
  return rows;
}

}  // namespace bcnet::data
