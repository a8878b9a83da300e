#pragma once

#include <string>
#include <vector>

#include "core/html.h"

namespace bcnet::report {

/// How a page begins that needs nothing else, light or dark as the reader's screen is: from its
/// first byte to the end of its style. Colours of series are the classes c0 to c7.
Markup page_head(const std::string& title);

/// Rows of text, the first of them the head. A wide table scrolls by itself, not the page.
Markup html_table(const std::vector<std::vector<std::string>>& rows);

/// What the outlines of the pictures mean.
Markup outline_legend();

/// Class of series number i: one of eight colours, dashed from the ninth on.
std::string series_class(std::size_t i);

}  // namespace bcnet::report
