#pragma once

#include <filesystem>
#include <vector>

#include "data/data_set.h"
#include "data/synth.h"

namespace bcnet::data {

/// Draws count pairs below folder and gives them as samples.
inline std::vector<Sample> synthetic_samples(const std::filesystem::path& folder, int count,
                                             std::uint64_t seed = 0) {
  write_synthetic(folder, count, seed);
  return find_samples(folder);
}

}  // namespace bcnet::data
