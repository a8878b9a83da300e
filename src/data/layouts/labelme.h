#pragma once

#include <filesystem>

#include "core/json.h"
#include "data/survey.h"

namespace bcnet::data {

/// LabelMe's annotations (https://github.com/wkentaro/labelme): a JSON file for each image.

/// Whether a parsed file is of that kind.
bool is_labelme(const Json& json);

/// The images of a folder. A mask is the union of the shapes: polygons, rectangles, circles; of a
/// file without shapes it is empty. The image is the one at imagePath, or else the one named like
/// the JSON file. root: what names are relative to. What is wrong with one file is its image's
/// Drawing::error; throws Error(data) for a folder that cannot be read.
Survey read_labelme(const std::filesystem::path& folder, const std::filesystem::path& root);

}  // namespace bcnet::data
