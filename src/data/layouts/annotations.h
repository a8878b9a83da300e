#pragma once

#include <cstddef>
#include <filesystem>
#include <opencv2/core.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/json.h"

namespace bcnet::data {

/// What COCO and LabelMe files have in common.

/// The folder that a file lies in; "." where its path names none.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// Files of a folder that end in .json, by name; none where there is no such folder.
std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder);

/// Parses a file. Throws Error(data) naming file and place for what is no JSON.
Json read_annotations(const std::filesystem::path& file);

/// A point within ±100,000 pixels. Throws std::invalid_argument for any other, and for values that
/// are no numbers.
cv::Point2d read_point(const Json& x, const Json& y);

/// Warns where a file's shapes have several labels: all of them count as polyp.
void warn_of_labels(const std::filesystem::path& file, const std::set<std::string>& labels);

}  // namespace bcnet::data
