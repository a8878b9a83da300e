#pragma once

#include <string>
#include <vector>

#include "bcnet/segmenter.h"
#include "compare/comparison.h"
#include "data/sample.h"
#include "evaluate/image_score.h"
#include "image/decode_options.h"

namespace bcnet::compare {

/// A side that has a finished run.
struct PicturedSide {
  std::string name;
  const Segmenter* segmenter;
  const std::vector<evaluate::ImageScore>* images;  ///< of the same run: which are best and worst
  std::size_t place;                                ///< in the comparison: for its colour
};

/// CSS colour of a side's outline, by its place in the comparison; the expert's is
/// report::truth_colour.
const char* side_colour(std::size_t place);

/// The first side's best, median and worst image by Dice, equal ones by name, as every side draws
/// them. sides and samples (those of the first side's images) are not empty. Their files have no
/// name yet.
std::vector<ComparePicture> draw_compared(const std::vector<PicturedSide>& sides,
                                          const std::vector<data::Sample>& samples,
                                          const DecodeOptions& decode);

}  // namespace bcnet::compare
