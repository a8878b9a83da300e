#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "data/check/signature.h"
#include "data/team.h"

namespace bcnet::data {

/// Two images that show the same, at least in part.
struct Twins {
  std::size_t first = 0;
  std::size_t second = 0;  ///< above first
  /// Mean correlation of the detail of the two, laid over each other, over the cells of a grid:
  /// 1 for the same picture.
  double similarity = 0;
  bool mirrored = false;
};

/// From here on two images are one picture, only stored, cut or mirrored differently.
inline constexpr double copy_similarity = 0.9;
/// From here on they are pictures of one scene.
inline constexpr double scene_similarity = 0.35;

/// Pairs of images with a similarity of at least scene_similarity, by first and second. Bands of
/// fingerprints and of corner descriptors that are equal bring candidates; only these are
/// laid over each other, so the cost grows as n log n; a team shares them out. advance is called
/// with the number of candidates, then once for each that is done.
std::vector<Twins> find_twins(const std::vector<Signature>& signatures,
                              const std::function<void(std::size_t)>& total,
                              const std::function<void()>& advance, const Team& team = {});

}  // namespace bcnet::data
