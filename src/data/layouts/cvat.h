#pragma once

#include <filesystem>
#include <vector>

#include "data/data_set.h"

namespace bcnet::data {

/// CVAT's annotations, exported as "CVAT for images 1.1"
/// (https://docs.cvat.ai/docs/manual/advanced/formats/format-cvat/): polygons, boxes, ellipses and
/// masks of many images in one XML file.

/// Whether a file begins like one; a file that cannot be read does not.
bool is_cvat(const std::filesystem::path& file);

/// The images of one file, found as those of COCO. A mask is the union of the objects in their
/// order in depth, without those labelled background. Throws Error(data) for what is no CVAT file,
/// for annotations of a video, and for what is wrong with an image's entry; what is wrong with an
/// object is its Object::error.
Survey read_cvat(const std::filesystem::path& file, const std::filesystem::path& root,
                 const std::vector<std::filesystem::path>& folders);

/// A data set of these files. folder: the one they lie in; images are in it or in its images/.
std::vector<DataSet::Part> cvat_parts(const std::vector<std::filesystem::path>& files,
                                      const std::filesystem::path& root,
                                      const std::filesystem::path& folder);

}  // namespace bcnet::data
