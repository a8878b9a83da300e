#pragma once

#include <filesystem>
#include <string>

namespace bcnet::data {

/// An image with its mask.
struct Sample {
  std::string name;  ///< the image's path relative to --data as found: "train/images/222.jpg"
  std::filesystem::path image;
  std::filesystem::path mask;
};

}  // namespace bcnet::data
