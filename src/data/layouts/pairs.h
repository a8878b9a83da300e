#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/survey.h"

namespace bcnet::data {

/// By stem; where folders are searched below, with their path in front: "case1/7".
using FilesByStem = std::map<std::string, std::vector<std::filesystem::path>>;

/// Pairs images with masks of the same stem. root: what names are relative to.
Survey pair_files(const std::filesystem::path& root, const FilesByStem& images,
                  const FilesByStem& masks);

/// Pairs the files of two folders, of which the masks may be named as layouts/names.h has it. A
/// folder without an image of its own stands for its sub-folders, each of which is a group.
Survey pair_folders(const std::filesystem::path& root, const std::filesystem::path& images,
                    const std::filesystem::path& masks);

/// Whether a folder has a file that is named like an image; what is hidden does not count.
bool holds_images(const std::filesystem::path& folder);

/// Or one that is named like a mask.
bool holds_masks(const std::filesystem::path& folder);

/// Sub-folders by name, hidden ones and what macOS packs passed over; none where the folder is
/// missing. Throws Error(data) for a folder that cannot be read.
std::vector<std::string> sub_folders(const std::filesystem::path& folder);

/// folder, or what lies in it where that is nothing but a folder of the same name, as archives
/// are unpacked: train/train.
std::filesystem::path unwrapped(const std::filesystem::path& folder);

/// Puts more behind all.
void append(Survey& all, Survey more);

}  // namespace bcnet::data
