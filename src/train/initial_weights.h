#pragma once

#include <filesystem>

#include "nn/bcnet.h"
#include "train/recipe.h"

namespace bcnet::train {

/// Fills a fresh network with what a run starts from: the weight file init; where that is
/// empty, the backbone's ImageNet weights where the recipe wants them and they are found.
/// Throws Error(model) for a file that cannot be read or does not fit.
void load_initial_weights(nn::Bcnet& network, const Recipe& recipe,
                          const std::filesystem::path& init);

}  // namespace bcnet::train
