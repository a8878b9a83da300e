#pragma once

#include <string>
#include <string_view>

#include "core/world.h"

namespace bcnet {

/// One of several shares of a work, each done by a process of its own that need not know the
/// others.
struct Shard {
  int number = 1;  ///< from 1
  int count = 1;

  bool whole() const { return count == 1; }
  /// Whether what has this name is of this share: the first 64 bits of the name's SHA-256, modulo
  /// count, are number - 1. By the name alone, so that it does not matter what else is there.
  bool has(std::string_view name) const;
  /// "2-of-8", as part of a file's name.
  std::string text() const;
};

/// From "2/8", or from "env": what Slurm says of this task of a job array (SLURM_ARRAY_TASK_ID,
/// _COUNT, _MIN, _STEP), which begins at 0 or 1; from "env/8": share SLURM_ARRAY_TASK_ID of 8, of
/// an array that does some of them again. Throws Error(usage) for anything else, naming --shard.
Shard parse_shard(const std::string& text, const Environment& environment = environment_variable);

}  // namespace bcnet
