#pragma once

#include <cstdint>
#include <vector>

#include "core/json.h"

namespace bcnet::compare {

/// One side's runs as one: for mean_dice, mean_iou and boundary_f the mean, under ci its 95%
/// bootstrap interval over the images, under deviation the standard deviation (n - 1) of the runs'
/// own means, null for one run; and per_image. An image that several runs measured (seeds) counts
/// once, with its mean; images that each run has of its own (folds) are pooled.
/// results: of `bcnet eval --metrics all`, not empty.
Json summarize_runs(const std::vector<Json>& results, std::uint64_t seed);

/// How one summary differs from another, image by image: by measure, the entries of
/// compare_images (evaluate/against.h).
Json compare_summaries(const Json& summary, const Json& first, std::uint64_t seed);

}  // namespace bcnet::compare
