#pragma once

#include <optional>
#include <vector>

#include "core/json.h"
#include "evaluate/image_score.h"

namespace bcnet::evaluate {

/// A measure that each image has and that a result gives the mean of.
struct Measure {
  const char* key;        ///< of the mean: in the result, its ci and its comparison
  const char* image_key;  ///< in per_image and the CSV
  const char* label;      ///< for people
  std::optional<double> (*of)(const ImageScore&);  ///< none where an image has no such value
};

/// Those of every result, in the order in which they are shown.
const std::vector<Measure>& basic_measures();
/// Those that --metrics all adds; they need ImageScore::field.
const std::vector<Measure>& field_measures();

/// A figure of the whole data set that is no mean of its images.
struct Figure {
  const char* key;
  const char* label;
};
const std::vector<Figure>& basic_figures();
const std::vector<Figure>& field_figures();

/// Adds to a result: every measure's mean and, under ci, its 95% bootstrap interval, the
/// figures of the data set, and per_image. images is not empty; of those either all have a field
/// or none.
void add_measures(Json& result, const std::vector<ImageScore>& images, std::uint64_t seed);

}  // namespace bcnet::evaluate
