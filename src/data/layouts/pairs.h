#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/survey.h"

namespace bcnet::data {

using FilesByStem = std::map<std::string, std::vector<std::filesystem::path>>;

/// Pairs images with masks of the same stem. root: what names are relative to.
Survey pair_files(const std::filesystem::path& root, const FilesByStem& images,
                  const FilesByStem& masks);

/// Pairs the files of two folders.
Survey pair_folders(const std::filesystem::path& root, const std::filesystem::path& images,
                    const std::filesystem::path& masks);

}  // namespace bcnet::data
