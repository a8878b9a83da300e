#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace bcnet {

/// How many strengths each corruption has: 1 is mild, 3 is strong.
constexpr int corruption_strengths = 3;

/// One thing that can befall a picture. docs/reference/corruptions.md says what each is.
struct Corruption {
  std::string name;
  std::string unit;  ///< of values
  std::array<double, corruption_strengths> values;
};

/// All of them, in the order in which they are shown.
const std::vector<Corruption>& corruptions();

/// Those of these names, once each, in the order of corruptions(); "all" means every one.
/// Throws Error(usage) for another name, listing the allowed ones; option is for the message.
std::vector<Corruption> find_corruptions(const std::vector<std::string>& names,
                                         const std::string& option);

struct CorruptedPair {
  cv::Mat image;
  cv::Mat mask;  ///< the given one, unless the corruption moves things
};

/// Corrupts an image (8UC3 RGB) and, where things move, its mask (8UC1 of the same size).
/// Lengths scale with the picture: they are in pixels of one whose shorter side has 352.
/// What is random follows from seed, the file name without folder and extension, and the
/// corruption; all strengths share it, so that only the strength differs between them.
/// Strength is 1..3, else Error(usage).
CorruptedPair corrupt(const cv::Mat& image, const cv::Mat& mask, const Corruption& corruption,
                      int strength, std::uint64_t seed, const std::string& name);

}  // namespace bcnet
