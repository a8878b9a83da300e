#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bcnet::data {

/// As std::filesystem::is_directory, but a link that leads in circles is no folder, not an
/// exception.
bool is_folder(const std::filesystem::path& path);

/// Files that are named like images by stem, each stem's in order of names; none where the folder
/// is missing. DICOM and NIfTI count where there is no other picture among them. Hidden files and
/// folders are passed over. Throws Error(data) for a folder that cannot be read.
std::map<std::string, std::vector<std::filesystem::path>> images_by_stem(
    const std::filesystem::path& folder);

/// The same for masks: arrays of NumPy where there is no image among them.
std::map<std::string, std::vector<std::filesystem::path>> masks_by_stem(
    const std::filesystem::path& folder);

/// Throws Error(usage) for a path that is there already, unless it is an empty folder.
void require_new_folder(const std::filesystem::path& folder);

/// Throws Error(data): two files of one folder have one stem.
[[noreturn]] void refuse_same_stem(const std::vector<std::filesystem::path>& files);

/// Throws Error(data): a folder is missing, or holds no images.
[[noreturn]] void refuse_empty(const std::filesystem::path& folder);

}  // namespace bcnet::data
