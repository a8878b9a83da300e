#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/json.h"
#include "nn/ops/fake_quantize.h"

namespace bcnet::train {

/// All that a run needs to go on as if it had never stopped.
struct Checkpoint {
  std::int64_t epoch = 0;  ///< of the whole run, from 0: the one under way
  std::int64_t batch = 0;  ///< of the epoch: the next to be trained
  std::int64_t optimizer_steps = 0;
  std::int64_t ema_updates = 0;
  // Lengths of the files that grow by the epoch, which belong to this state.
  std::uint64_t metrics_bytes = 0;
  std::uint64_t validation_bytes = 0;
  std::uint64_t events_bytes = 0;
  double best_dice = -1.0;
  std::int64_t best_epoch = -1;
  bool finished = false;
  Json epoch_sums = Json::object();  ///< meters of the epoch under way
  Json conditions = Json::object();  ///< binary, CPU, threads, BLAS: what bit-for-bit needs
  std::string recipe_sha256;
  std::map<std::string, torch::Tensor> network, average, optimizer;
  std::map<std::string, nn::ValueRange> rounding_ranges;  ///< of a stage that trains for int8
  torch::Tensor random_state;                             ///< of LibTorch's CPU generator
  torch::Tensor device_random_state;  ///< of the CUDA device's; undefined on a CPU
};

/// One safetensors file, written beside and renamed. Throws Error(io).
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws Error(model) for a file that is no checkpoint.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// What bit-for-bit resume depends on: version, commit, LibTorch, CPU model, kernels, threads,
/// device, BLAS.
Json run_conditions(const std::string& device, const std::string& precision);

}  // namespace bcnet::train
