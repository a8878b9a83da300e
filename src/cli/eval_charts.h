#pragma once

#include <string>

#include "core/json.h"

namespace bcnet::cli {

/// The charts of a report as SVG elements that take their colours from the page's classes axis,
/// bar and dot. per_image: of a result, not empty.

/// How many images have which Dice, in steps of 0.05.
std::string dice_histogram(const Json& per_image);

/// Dice of each image over the size of its polyp, in percent of the picture; sizes on a
/// logarithmic axis, images without a polyp at its left end.
std::string dice_by_size(const Json& per_image);

}  // namespace bcnet::cli
