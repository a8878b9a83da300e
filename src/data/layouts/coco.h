#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.h"
#include "data/data_set.h"

namespace bcnet::data {

/// COCO's instance annotations (https://cocodataset.org/#format-data).

/// Whether a parsed file is of that kind.
bool is_coco(const Json& json);

/// The images of one file. Masks are the union of an image's annotations, crowds too; an image
/// without any has an empty mask. Images lie where the file's name, taken below one of folders,
/// is a file, or else where ImageFinder finds one. root: what names are relative to. What is wrong
/// with an annotation is its Object::error; throws Error(data) for what is wrong with the rest,
/// naming file and key.
Survey read_coco(const std::filesystem::path& file, const std::filesystem::path& root,
                 const std::vector<std::filesystem::path>& folders);

/// The folder of the data set that a file belongs to: its own, or the one above its annotations/.
std::filesystem::path coco_folder_of(const std::filesystem::path& file);

/// A data set of these files. folder: the one that they, or the annotations/ with them, lie in;
/// images are in it, in its images/, or in the split's part of either. The name of a file that is
/// alone is no split, unless it is train, validation or test.
std::vector<DataSet::Part> coco_parts(const std::vector<std::filesystem::path>& files,
                                      const std::filesystem::path& root,
                                      const std::filesystem::path& folder);

}  // namespace bcnet::data
