#pragma once

#include <torch/torch.h>

#include "bench/train_bench.h"

namespace bcnet::bench {

/// Losses of the first steps of a stage, made to be repeated by another implementation: no
/// augmentation, no shuffling, no stochastic depth. Where options.batches names a file, the
/// starting weights ("network.NAME") and each step's batch ("STEP.images" [N,H,W,3],
/// "STEP.masks", "STEP.boundaries", "STEP.edge_weights" [N,H,W]) are written to it as
/// safetensors, with the returned JSON under the key "bcnet.first_losses".
Json first_losses(const train::Recipe& recipe, train::StageRecipe stage,
                  const TrainBenchOptions& options, const torch::Device& device,
                  torch::ScalarType compute_type);

}  // namespace bcnet::bench
