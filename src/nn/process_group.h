#pragma once

#include <chrono>
#include <memory>

#include "core/world.h"
#include "nn/communicator.h"

namespace bcnet::nn {

/// PyTorch's distributed engine (c10d) as this build has it: Gloo on CPUs, NCCL on GPUs.
bool has_gloo();
bool has_nccl();

struct JoinOptions {
  /// For all processes to come.
  std::chrono::milliseconds patience = std::chrono::minutes(5);
  /// After which a process that does not answer, killed or cut off, counts as gone. Work that takes
  /// long does not keep it from answering.
  std::chrono::milliseconds silence = std::chrono::seconds(30);
};

/// Meets the other processes of a world and speaks with them through c10d: Gloo, and NCCL for
/// tensors of a GPU where this build has it. Where a process goes, every call in another one throws
/// Error(io) which names it: within seconds of its end, after silence where it only stops. Throws
/// Error(io) where one does not come, Error(usage) in a build without Gloo. Call it once, from the
/// thread that ends last.
std::unique_ptr<Communicator> join(const World& world, const JoinOptions& options = {});

}  // namespace bcnet::nn
