#include "cli/world_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "core/log.h"
#include "core/log_name.h"
#include "nn/process_group.h"

namespace bcnet::cli {

namespace {

void warn_of_launcher() {
  std::optional<World> world;
  try {
    world = world_of();
  } catch (const Error&) {  // nobody asked for it
    return;
  }
  if (world && world->size > 1) {
    spdlog::warn(
        "{} started {} processes, and each of them trains by itself: --world env lets "
        "them train together",
        world->launcher, world->size);
  }
}

}  // namespace

void add_world_flags(CLI::App& command, WorldFlags& flags) {
  command
      .add_option("--world", flags.world,
                  "Train together with the other processes that torchrun, Slurm's srun or Open "
                  "MPI's mpirun started (env), or alone (off)")
      ->check(CLI::IsMember({"off", "env"}))
      ->capture_default_str();
  command
      .add_option("--world-timeout", flags.timeout,
                  "Seconds to wait for all processes to come; one that does not answer for so "
                  "long, or for 30 s, is given up")
      ->check(CLI::Range(1.0, 86400.0))
      ->capture_default_str();
}

JoinedWorld join_world(const WorldFlags& flags) {
  JoinedWorld joined;
  if (flags.world == "off") {
    warn_of_launcher();
    return joined;
  }
  joined.world = world_of();
  if (!joined.world) {
    throw Error(ErrorKind::usage,
                "--world env: found none of RANK, SLURM_PROCID and OMPI_COMM_WORLD_RANK; start "
                "with torchrun, srun or mpirun");
  }
  const World& world = *joined.world;
  if (world.rank > 0) {
    set_log_name(fmt::format("bcnet[{}]", world.rank));
  }
  if (world.size > 1) {
    nn::JoinOptions options;
    options.patience = std::chrono::milliseconds(static_cast<std::int64_t>(1000 * flags.timeout));
    options.silence = std::min(options.silence, options.patience);
    joined.communicator = nn::join(world, options);
  }
  return joined;
}

}  // namespace bcnet::cli
