#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "core/world.h"
#include "nn/communicator.h"

namespace bcnet::cli {

struct WorldFlags {
  std::string world = "off";
  double timeout = 300;  ///< seconds
};

/// Registers --world and --world-timeout; flags must outlive the command.
void add_world_flags(CLI::App& command, WorldFlags& flags);

/// The processes that work together with this one.
struct JoinedWorld {
  std::optional<World> world;                      ///< none: this one works by itself
  std::unique_ptr<nn::Communicator> communicator;  ///< null: the same
};

/// Meets them where the flags ask for it, and has messages of all but the first begin with their
/// rank. Throws Error(usage) where no launcher started this process, Error(io) where one does not
/// come.
JoinedWorld join_world(const WorldFlags& flags);

}  // namespace bcnet::cli
