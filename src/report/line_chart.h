#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/html.h"

namespace bcnet::report {

/// One line of a chart.
struct Line {
  std::string label;
  std::size_t colour = 0;                         ///< number of the series, see series_class
  std::vector<std::pair<double, double>> points;  ///< place and value, finite, by place
};

/// What the places of a chart are.
struct Across {
  const char* name = "epoch";
  bool whole = true;  ///< numbers
};

/// A chart over the epochs, or other places, as a figure: axes with ticks and their numbers, every
/// line's last value beside its label, and each point says its own when the pointer rests on it.
/// Where line_chart_script stands in the page, a cursor reads off all lines at once. Lines without
/// points are left out; a chart without any is the empty text.
Markup line_chart(const std::string& title, const std::vector<Line>& lines,
                  const Across& across = {});

/// Style and script of every line chart of a page, once.
Markup line_chart_style();
Markup line_chart_script();

}  // namespace bcnet::report
