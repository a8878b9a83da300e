#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/result.h"

namespace bcnet::evaluate {

/// One figure of a result as people see it, on the terminal and on the page.
struct Figure {
  const char* key;  ///< of the result's document
  const char* label;
  std::optional<double> number;  ///< none where no image has such a value
  bool whole = false;            ///< a count
  std::optional<metrics::Interval> interval{};
};

/// All of them in the order in which they are shown: means, then what is of the whole data set.
std::vector<Figure> figures(const Result& result);

/// Plain means over data sets, each as large as any other: of the figures that all of them have a
/// number of and that are no counts. results is not empty.
std::vector<Figure> mean_figures(const std::vector<Result>& results);

/// Null where there is no such figure.
const Figure* find_figure(const std::vector<Figure>& figures, std::string_view key);

/// "0.9123"; a count as it is; "none".
std::string number_text(const Figure& figure);

/// "0.9001 to 0.9245"
std::string interval_text(const metrics::Interval& interval);

/// What was measured, in a few words: the engine, or whose predictions.
std::string made_by(const Source& source);

}  // namespace bcnet::evaluate
