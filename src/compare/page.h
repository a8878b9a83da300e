#pragma once

#include "compare/comparison.h"
#include "core/html.h"

namespace bcnet::compare {

/// A comparison as one page that needs nothing else, light or dark as the reader's screen is.
Markup compare_html(const Comparison& comparison);

}  // namespace bcnet::compare
