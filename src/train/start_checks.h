#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nn/communicator.h"
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

/// Throws Error(usage) where a batch has less images than there are processes to share it.
void check_processes(const Recipe& recipe, int processes);

/// Something that all processes must have alike, by a name, as text or its hash.
struct Alike {
  std::string name;
  std::string value;
};

/// Throws Error(usage) in all processes where one differs from the first, naming it and in what.
void check_alike(const std::vector<Alike>& things, nn::Communicator& communicator);

/// Of names, shapes and values.
std::string sha256_of(const std::map<std::string, torch::Tensor>& tensors);

}  // namespace bcnet::train
