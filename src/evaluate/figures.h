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
  std::optional<double> number;                 ///< none where no image has such a value
  bool whole = false;                           ///< a count
  std::optional<metrics::Interval> interval{};  ///< none where idle
  bool of_polyps = false;                       ///< where no image shows a polyp it says nothing
  bool idle = false;                            ///< which is so here
};

/// What the dash of an idle figure means.
constexpr const char* idle_note =
    "–: no image shows a polyp, so it says nothing, and no mean over sets has it";

/// All of them in the order in which they are shown: means, then what is of the whole data set.
std::vector<Figure> figures(const Result& result);

/// Plain means over data sets, each as large as any other: of the figures that all of them have a
/// number of and that are no counts. Those of polyps are means over the sets that show any; without
/// such a set they are idle and have no number. results is not empty.
std::vector<Figure> mean_figures(const std::vector<Result>& results);

/// Null where there is no such figure.
const Figure* find_figure(const std::vector<Figure>& figures, std::string_view key);

/// "0.9123"; a count as it is; "none"; "–" where idle.
std::string number_text(const Figure& figure);

/// "0.9001 to 0.9245"
std::string interval_text(const metrics::Interval& interval);

/// What was measured, in a few words: the engine, or whose predictions.
std::string made_by(const Source& source);

}  // namespace bcnet::evaluate
