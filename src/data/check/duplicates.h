#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/check/finding.h"
#include "data/check/signature.h"

namespace bcnet::data {

/// An image that could be read, for finding it again.
struct KnownImage {
  std::string name;
  std::string split;   ///< empty in a flat folder
  std::string sha256;  ///< equal for equal images
};

/// Images with equal checksums, one finding a group: an error where it is in several splits.
std::vector<Finding> check_exact_duplicates(const std::vector<KnownImage>& images);

/// Near-duplicates (an error across splits, else information) and pictures of one scene in
/// different splits (a warning). signatures[i] is of images[i]; of exact duplicates in one
/// split only the first is compared. total and advance are those of find_twins.
std::vector<Finding> check_twins(const std::vector<KnownImage>& images,
                                 const std::vector<Signature>& signatures,
                                 const std::function<void(std::size_t)>& total,
                                 const std::function<void()>& advance);

}  // namespace bcnet::data
