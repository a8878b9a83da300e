#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace bcnet::data {

struct Drawing;

/// An image with its mask. The mask is a picture, or what an annotation file says that is drawn
/// when it is asked for: read_mask (mask.h) knows.
struct Sample {
  std::string name;  ///< the image's path below --data as found: "train/images/222.jpg"
  std::filesystem::path image;
  std::filesystem::path mask;                        ///< a picture, or the annotation file
  std::shared_ptr<const Drawing> drawing = nullptr;  ///< of an annotation file; else none
  std::string group = {};  ///< hospital, patient or video, as a manifest says; empty: none
};

}  // namespace bcnet::data
