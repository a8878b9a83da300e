#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/html.h"

namespace bcnet::report {

/// Charts of single images as SVG elements that take their colours from the page's classes.

struct ChartedImage {
  std::string name;
  double dice = 0;
  double polyp_percent = 0;  ///< of the picture; 0: without a polyp
};

/// How many images have which Dice, in steps of 0.05. Not of no images.
Markup dice_histogram(const std::vector<ChartedImage>& images);

/// Images of one model in dice_by_size.
struct SizedImages {
  std::string label;       ///< said with each image; empty for none
  std::size_t colour = 0;  ///< number of the series, see series_class
  std::vector<ChartedImage> images;
  /// Their Dice at an earlier time, by the image's name: drawn as the line that each came along.
  std::map<std::string, double> earlier{};
};

/// Dice of each image over the size of its polyp, in percent of the picture; sizes on a
/// logarithmic axis, images without a polyp at its left end.
Markup dice_by_size(const std::vector<SizedImages>& series);

}  // namespace bcnet::report
