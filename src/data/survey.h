#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "data/sample.h"

namespace bcnet::data {

/// What one split of a data set holds, complete or not; every list ordered by name.
struct Survey {
  std::string split;                   ///< empty where the data set is not divided
  std::filesystem::path image_folder;  ///< where the images are, or the file that lists them
  std::filesystem::path mask_folder;
  std::size_t images = 0;       ///< different images
  std::size_t masks = 0;        ///< different masks
  std::size_t pairs = 0;        ///< of all shares, of a data set that is shared out; else 0
  std::vector<Sample> samples;  ///< of files that share a stem, the first by name
  std::vector<std::filesystem::path> images_without_mask;
  std::vector<std::filesystem::path> masks_without_image;
  std::vector<std::vector<std::filesystem::path>> same_stem;  ///< files of one folder, two or more
  std::set<std::string> categories = {};  ///< that an annotation file lists, used or not
};

}  // namespace bcnet::data
