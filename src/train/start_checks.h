#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nn/network.h"
#include "train/recipe.h"
#include "train/training_data.h"

namespace bcnet::train {

/// The type that training computes in, see nn::compute_type; warns where that is bfloat16 and slow.
/// Throws Error(usage) for 16-bit floats, which training does not take, and for a $BCNET_KERNELS
/// that names no table of kernels of this CPU.
torch::ScalarType training_type(const std::string& precision, const torch::Device& device);

/// Throws Error(data) where the training part does not fill one batch; folder is for the message.
void check_batch_size(const TrainingData& data, std::int64_t batch_size);

/// Throws Error(usage) for a stage that freezes what the network has not, everything, or all
/// of the module that it is in focus on.
void check_freezing(const Recipe& recipe, const nn::SegmentationNetwork& network);

/// Throws Error(usage) for a stage whose warm-up is longer than the stage; batches: of an epoch.
void check_warmup(const Recipe& recipe, std::int64_t batches);

}  // namespace bcnet::train
