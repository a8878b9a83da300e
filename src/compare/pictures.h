#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "core/json.h"
#include "data/sample.h"
#include "image/decode_options.h"

namespace bcnet::compare {

/// What one side made of a picture.
struct ComparePanel {
  std::string side;
  double dice = 0;
  std::vector<unsigned char> jpeg;  ///< at most 360 pixels wide, both outlines in it
};

struct ComparePicture {
  std::string rule;   ///< "best", "median" or "worst": of the first side's Dice
  std::string image;  ///< as the data set names it
  std::vector<ComparePanel> panels;
};

/// A side that has a finished run.
struct PicturedSide {
  std::string name;
  const Segmenter* segmenter;
  const Json* result;  ///< of the same run: which images are best and worst
  std::size_t place;   ///< in the comparison: for its colour
};

/// CSS colour of a side's outline, by its place in the comparison; the expert's is
/// report::truth_colour.
const char* side_colour(std::size_t place);

/// The first side's best, median and worst image by Dice, equal ones by name, as every side draws
/// them. sides and samples (those of the first side's result) are not empty.
std::vector<ComparePicture> draw_compared(const std::vector<PicturedSide>& sides,
                                          const std::vector<data::Sample>& samples,
                                          const DecodeOptions& decode);

}  // namespace bcnet::compare
