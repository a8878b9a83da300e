#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/shard.h"
#include "data/sample.h"
#include "data/split.h"

namespace bcnet::data {

/// One line of a split manifest, the CSV file "image,mask,split", with the columns "group",
/// "mask_values" and "ignore_value" where there is something to say in them.
/// Paths are relative to the data set's folder and use '/'.
struct ManifestRow {
  std::string image;
  std::string mask;
  std::string split;
  std::string group = {};    ///< what must stay on one side: hospital, patient, video; or none
  MaskReading reading = {};  ///< what the mask's values mean; automatic: what they show
};

/// Rows for samples that were found below data.
std::vector<ManifestRow> manifest_rows(const std::vector<Sample>& samples,
                                       const std::filesystem::path& data, const std::string& split);

/// Rows for all parts: "train" first, then "validation", then "test".
std::vector<ManifestRow> manifest_rows(const HeldOut& parts, const std::filesystem::path& data);

/// The manifest as CSV: RFC 4180, but lines end with '\n'. With the column group where rows have
/// one, in which a row without is a group of its own, named like its image; with mask_values and
/// ignore_value where a row has either.
std::string manifest_csv(const std::vector<ManifestRow>& rows);

/// Writes it to a file, whole or not at all. Throws Error(io).
void write_manifest(const std::filesystem::path& file, const std::vector<ManifestRow>& rows);

/// Reads it back, or a table that a spreadsheet wrote (core/csv.h): capitals in the names of
/// columns do not matter, other columns are passed over. Throws Error(data) naming file and line
/// for a header without the first three, a row of another number of fields, an empty field, a path
/// that leaves the data set's folder, groups that some rows have and others lack, and a group in
/// two splits.
std::vector<ManifestRow> read_manifest(const std::filesystem::path& file);

/// The same row by row, of a file of any length: what is remembered of it are the names of the rows
/// of a share, which are looked for among themselves (two of one name are of one share). row:
/// called in the file's order; kept: whether the row is of the share, only then it is whole.
void each_manifest_row(const std::filesystem::path& file, const Shard& shard,
                       const std::function<void(const ManifestRow& row, bool kept)>& row);

}  // namespace bcnet::data
