#pragma once

#include <string>
#include <vector>

#include "core/html.h"
#include "core/json.h"

namespace bcnet::report {

/// Charts of single images as SVG elements that take their colours from the page's classes. What
/// they read of an image: image, dice, polyp_percent.

/// How many images have which Dice, in steps of 0.05. Not of no images.
Markup dice_histogram(const Json& per_image);

/// Images of one model in dice_by_size.
struct SizedImages {
  std::string label;       ///< said with each image; empty for none
  std::size_t colour = 0;  ///< number of the series, see series_class
  Json images;
  /// Their Dice at an earlier time, by the image's name: drawn as the line that each came along.
  Json earlier = Json::object();
};

/// Dice of each image over the size of its polyp, in percent of the picture; sizes on a
/// logarithmic axis, images without a polyp at its left end.
Markup dice_by_size(const std::vector<SizedImages>& series);

}  // namespace bcnet::report
