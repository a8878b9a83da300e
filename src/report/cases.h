#pragma once

#include <cstddef>
#include <vector>

namespace bcnet::report {

/// Colours of the outlines, as CSS has them.
constexpr const char* truth_colour = "#00ff60";
constexpr const char* prediction_colour = "#ff4fd8";

/// Images that a report shows, by their places in the list.
struct Cases {
  std::vector<std::size_t> worst;  ///< the lowest Dice first
  std::vector<std::size_t> best;   ///< the highest Dice first
};

/// The worst and the best images by Dice, at most four of each and none twice; of equal ones
/// the first in the list are worse.
Cases choose_cases(const std::vector<double>& dice);

}  // namespace bcnet::report
