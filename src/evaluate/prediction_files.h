#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/sample.h"

namespace bcnet::evaluate {

/// What there is of one image; a path that is empty: nothing.
struct PredictionFiles {
  std::filesystem::path mask;  ///< the mask, or a map where there is but one file
  std::filesystem::path map;   ///< NAME_probability, as `bcnet predict` writes it
};

/// Which of a folder's files belong to which image. They are pictures or arrays of NumPy, in the
/// folder and below it, named like the images, in sub-folders like theirs or all in one, with a
/// word in front or behind (NAME_mask, NAME_pred …), which is found by looking at all names. No
/// file belongs to two images.
class PredictionIndex {
 public:
  /// Throws Error(data) for a folder that is missing, cannot be read or holds no such files, and
  /// for two files of one name.
  PredictionIndex(const std::string& folder, const std::vector<data::Sample>& samples);

  /// Throws Error(data) for an image that has none.
  const PredictionFiles& find(const data::Sample& sample) const;

  const std::map<std::string, PredictionFiles>& found() const { return found_; }  ///< by sample
  std::size_t unused() const { return unused_; }  ///< files that belong to no image

 private:
  std::string folder_;
  std::map<std::string, PredictionFiles> found_;
  std::map<std::string, std::string> missing_;  ///< by sample: what was looked for
  std::size_t unused_ = 0;
};

}  // namespace bcnet::evaluate
