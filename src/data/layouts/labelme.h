#pragma once

#include <filesystem>

#include "core/json.h"
#include "data/survey.h"

namespace bcnet::data {

/// LabelMe's annotations (https://github.com/wkentaro/labelme): a JSON file for each image.

/// Whether a parsed file is of that kind.
bool is_labelme(const Json& json);

/// The images of a folder. A mask is the union of the shapes, without the holes: shapes called
/// _background_, and those that lie in another of their label and group_id. Of a file without
/// shapes it is empty. The image is the one at imagePath, or else the one named like the JSON file,
/// beside it or in images, or else the one inside of it. root: what names are relative to. What is
/// wrong with one file is its image's Drawing::error; throws Error(data) for a folder that cannot
/// be read.
Survey read_labelme(const std::filesystem::path& folder, const std::filesystem::path& root,
                    const std::filesystem::path& images = {});

/// Whether there is such a file in a folder or below it.
bool holds_labelme(const std::filesystem::path& folder);

/// The files of a folder and of those in it, whose images are in the folder images or below it:
/// what names are relative to.
Survey read_labelme_below(const std::filesystem::path& folder, const std::filesystem::path& images);

}  // namespace bcnet::data
