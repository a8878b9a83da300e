#pragma once

#include <filesystem>

#include "nn/network.h"
#include "train/recipe.h"

namespace bcnet::train {

/// Fills a fresh network with what a run starts from: the weight file init; where that is
/// empty, the backbone's ImageNet weights where the recipe wants them and they are found.
/// Where the file does not fit, partial takes the tensors whose name and shape do, and says
/// what was left; a backbone of which nothing fits gets its ImageNet weights as without a file.
/// Throws Error(model) for a file that cannot be read, does not fit (naming what fits, is
/// missing, left over or has another shape; nothing was changed then), or of which nothing fits.
void load_initial_weights(nn::SegmentationNetwork& network, const Recipe& recipe,
                          const std::filesystem::path& init, bool partial = false);

}  // namespace bcnet::train
