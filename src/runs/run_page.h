#pragma once

#include <string>
#include <vector>

#include "core/html.h"
#include "runs/run_curves.h"

namespace bcnet::runs {

/// One run, or several laid over each other, as a page that opens offline: best figures, curves
/// that can be read off, the validation images, recipe and environment. At least one run.
Markup run_page(const std::vector<NamedRun>& runs);

}  // namespace bcnet::runs
