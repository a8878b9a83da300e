#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "image/mask_reading.h"

namespace bcnet::data {

struct Drawing;
class MaskSet;

/// An image with its mask. The mask is a picture, or what an annotation file says that is drawn
/// when it is asked for: read_mask (mask.h) knows.
struct Sample {
  std::string name;  ///< the image's path below --data as found: "train/images/222.jpg"
  std::filesystem::path image;
  std::filesystem::path mask;                        ///< a picture, or the annotation file
  std::shared_ptr<const Drawing> drawing = nullptr;  ///< of an annotation file; else none
  std::string group = {};  ///< hospital, patient or video, as a manifest, a folder's name or the
                           ///< image's own (layouts/names.h) says; empty: none
  std::shared_ptr<const MaskSet> masks = nullptr;  ///< what its data set's masks mean; or none
  MaskReading reading = {};                        ///< what a manifest says of the mask's values
  std::size_t place = 0;  ///< in its split, of a data set that is shared out; else 0
};

}  // namespace bcnet::data
