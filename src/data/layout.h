#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/sample.h"

namespace bcnet::data {

/// The two layouts of a data set:
///   flat   DIR/images, DIR/masks                      (Kvasir-SEG's own)
///   split  DIR/train, DIR/validation or DIR/val, DIR/test, each laid out as a flat one
/// An image and its mask have the same name apart from the extension. Hidden files and files
/// that are not named like images are passed over; directory links are followed, and paths
/// stay as they were found.

/// Names of the split folders as they stand in DIR, in the order train, validation, test;
/// none for a flat folder. Throws Error(data) where DIR is missing, or is of neither layout
/// or of both.
std::vector<std::string> list_splits(const std::filesystem::path& data);

/// What a flat folder or one split holds, complete or not; every list ordered by name.
struct Survey {
  std::filesystem::path folder;  ///< the one with images/ and masks/
  std::size_t images = 0;        ///< different stems in images/
  std::size_t masks = 0;         ///< different stems in masks/
  std::vector<Sample> samples;   ///< of files that share a stem, the first by name
  std::vector<std::filesystem::path> images_without_mask;
  std::vector<std::filesystem::path> masks_without_image;
  std::vector<std::vector<std::filesystem::path>> same_stem;  ///< files of one folder, two or more
};

/// What there is in a flat folder (no split) or in one split. "val" and "validation" mean the
/// same split; a missing images/ or masks/ is an empty one. Throws Error(usage) for split folders
/// without a split, or a split that is not there, and Error(data) for a folder that cannot be read.
Survey survey_split(const std::filesystem::path& data, const std::string& split = {});

/// The pairs of survey_split, which must be complete. Throws what that throws, and Error(data)
/// for a missing or empty folder, an image without mask, a mask without image, or two files of one
/// stem.
std::vector<Sample> find_samples(const std::filesystem::path& data, const std::string& split = {});

/// Images of one folder by stem, hidden files and folders passed over. Throws Error(data) for a
/// folder that is missing, cannot be read or holds none, and for two files of one stem.
std::map<std::string, std::filesystem::path> list_images(const std::filesystem::path& folder);

}  // namespace bcnet::data
