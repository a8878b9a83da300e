#pragma once

#include <filesystem>
#include <vector>

#include "data/data_set.h"

namespace bcnet::data {

/// YOLO's outlines (https://docs.ultralytics.com/datasets/segment/): a text file in labels/ for
/// each image in images/, a line for each object: its class, then its corners as shares of width
/// and height. Names of classes stand in a data.yaml in one of the folders above, up to the data
/// set's.

/// The splits of a folder: images/NAME with labels/NAME, or the whole; none where labels/ holds no
/// text files. An image without text file has no objects. What is wrong with a line is its
/// Object::error.
std::vector<DataSet::Part> yolo_parts(const std::filesystem::path& root,
                                      const std::filesystem::path& folder);

/// The images of one folder with their labels. Throws Error(data) for a data.yaml that is none.
Survey read_yolo(const std::filesystem::path& root, const std::filesystem::path& images,
                 const std::filesystem::path& labels);

}  // namespace bcnet::data
