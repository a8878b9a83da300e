#pragma once

#include <vector>

#include "core/html.h"
#include "evaluate/pictures.h"
#include "evaluate/result.h"

namespace bcnet::evaluate {

/// The results as one page that needs nothing else, light or dark as the reader's screen is:
/// every figure with its interval, how Dice is spread, Dice over polyp size, the worst and best
/// cases outlined. cases: one for each result.
Markup results_page(const std::vector<Result>& results, const std::vector<CasePictures>& cases);

}  // namespace bcnet::evaluate
