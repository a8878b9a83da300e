#pragma once

#include <string>

#include "cli/compare_pictures.h"
#include "core/json.h"

namespace bcnet::cli {

/// A comparison as one page that needs nothing else, light or dark as the reader's screen is.
std::string compare_html(const Json& comparison, const std::vector<ComparePicture>& pictures);

}  // namespace bcnet::cli
