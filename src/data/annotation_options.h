#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bcnet::data {

/// How annotation files are read.
struct AnnotationOptions {
  /// What counts as polyp: objects of these categories; all where there are none.
  std::vector<std::string> categories;
  /// Where the images are that the annotations name, if not in the data set; empty: there.
  std::filesystem::path images;
};

}  // namespace bcnet::data
