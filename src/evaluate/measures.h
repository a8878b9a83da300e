#pragma once

#include <optional>
#include <vector>

#include "evaluate/image_score.h"

namespace bcnet::evaluate {

/// A measure that each image has and that a result gives the mean of.
struct Measure {
  const char* key;        ///< of the mean: in a result's document, its ci and its comparison
  const char* image_key;  ///< in per_image and the CSV
  const char* label;      ///< for people
  std::optional<double> (*of)(const ImageScore&);  ///< none where an image has no such value
  bool of_polyps = true;                           ///< where no image shows a polyp it says nothing
  bool counts = false;                             ///< an image's value is a whole number
};

/// Those of every result, in the order in which they are shown.
const std::vector<Measure>& basic_measures();
/// Those that --metrics all adds; they need ImageScore::field.
const std::vector<Measure>& field_measures();

/// What that many pixels are of the image's, without those that are left out.
double percent_of(const ImageScore& image, std::size_t pixels);

/// Of the image's pixels; 0 without a polyp.
double polyp_percent(const ImageScore& image);

/// What is written of one image.
struct ImageValue {
  const char* key;
  std::optional<double> number;  ///< none where the image has no such value
  bool whole = false;            ///< a count
};

/// All of one image's, in the order of per_image and the CSV.
std::vector<ImageValue> image_values(const ImageScore& image);

}  // namespace bcnet::evaluate
