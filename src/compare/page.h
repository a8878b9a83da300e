#pragma once

#include <vector>

#include "compare/pictures.h"
#include "core/html.h"
#include "core/json.h"

namespace bcnet::compare {

/// A comparison as one page that needs nothing else, light or dark as the reader's screen is.
Markup compare_html(const Json& comparison, const std::vector<ComparePicture>& pictures);

}  // namespace bcnet::compare
