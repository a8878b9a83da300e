#pragma once

#include <string>
#include <vector>

#include "core/html.h"
#include "runs/run_curves.h"

namespace bcnet::runs {

/// The validation images: Dice over the size of the polyp, and the worst and best as pictures with
/// mask and prediction outlined. Of one run the pictures show it over its epochs; of several runs
/// they are those that all of them kept, side by side, worst and best by the mean of their Dice.
Markup run_cases(const std::vector<NamedRun>& runs);

/// Style of what run_cases makes, once for a page.
Markup run_cases_style();

}  // namespace bcnet::runs
