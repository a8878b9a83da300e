#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "data/data_set.h"

namespace bcnet::data {

/// What a folder is found to be.
struct FolderLayout {
  Layout layout{};
  std::vector<DataSet::Part> parts;
};

/// Finds out a folder's layout, by names and by what JSON files hold. Throws Error(data) where it
/// is of none, or of several.
FolderLayout find_folder_layout(const std::filesystem::path& folder, Needed needed = Needed::pairs);

}  // namespace bcnet::data
