#pragma once

#include <cstdint>
#include <filesystem>

#include "data/pair.h"

namespace bcnet::data {

/// Draws a picture that looks a little like a colonoscopy: folded red mucosa with vessels,
/// light from the middle, highlights, and one to three shaded polyps. The mask is exact.
/// Sizes differ. The same (seed, index) gives the same pixels.
Pair draw_synthetic(std::uint64_t seed, std::uint64_t index);

/// The same without a polyp: 8UC3 RGB. What a model draws in it is wrong.
cv::Mat draw_synthetic_mucosa(std::uint64_t seed, std::uint64_t index);

/// Writes count pairs to folder/images/synth_0001.jpg and folder/masks/synth_0001.png, the
/// flat layout. Throws Error(usage) where either folder holds files already, Error(io) where
/// writing fails.
void write_synthetic(const std::filesystem::path& folder, int count, std::uint64_t seed);

}  // namespace bcnet::data
