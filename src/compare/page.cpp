#include "compare/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compare/pictures.h"
#include "compare/table.h"
#include "report/cases.h"
#include "report/page.h"

namespace bcnet::compare {

namespace {

/// Mean Dice of each side with its interval, on an axis from the lowest end to the highest.
Markup interval_chart(const Comparison& comparison) {
  constexpr double left = 150, right = 620, line = 28, top = 14;
  double low = 1, high = 0;
  std::vector<const SideEntry*> sides;
  for (const SideEntry& side : comparison.sides) {
    if (side.summary) {
      sides.push_back(&side);
      low = std::min(low, side.summary->dice.interval.low);
      high = std::max(high, side.summary->dice.interval.high);
    }
  }
  constexpr double steps_per_unit = 20;
  low = std::floor(low * steps_per_unit) / steps_per_unit;
  high = std::max(std::ceil(high * steps_per_unit) / steps_per_unit, low + 1 / steps_per_unit);
  const auto x = [&](double dice) { return left + (dice - low) / (high - low) * (right - left); };
  const double bottom = top + line * static_cast<double>(sides.size());
  Markup svg =
      "<div style='max-width:46em'><svg viewBox='0 0 640 {:.0f}' role='img' aria-label='Mean Dice "
      "with its 95% interval'>"_html(bottom + 26);
  const int steps = static_cast<int>(std::lround((high - low) * steps_per_unit));
  for (int i = 0; i <= steps; ++i) {
    const double dice = low + i / steps_per_unit;
    svg +=
        "<line class='grid' x1='{0:.1f}' x2='{0:.1f}' y1='{1:.0f}' y2='{2:.0f}'/>"
        "<text x='{0:.1f}' y='{3:.0f}' text-anchor='middle'>{4:.2f}</text>"_html(
            x(dice), top, bottom, bottom + 18, dice);
  }
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const SummaryMean& dice = sides[i]->summary->dice;
    const double y = top + line * (static_cast<double>(i) + 0.5);
    svg +=
        "<text x='{:.0f}' y='{:.0f}' text-anchor='end'>{}</text>"
        "<line stroke='var(--c0)' stroke-width='2' x1='{:.1f}' x2='{:.1f}' y1='{:.1f}' "
        "y2='{:.1f}'/>"
        "<circle fill='var(--c0)' cx='{:.1f}' cy='{:.1f}' r='5'><title>{:.4f}</title></circle>"_html(
            left - 10, y + 4, sides[i]->name, x(dice.interval.low), x(dice.interval.high), y, y,
            x(dice.mean), y, dice.mean);
  }
  return svg + "</svg></div>\n"_html;
}

/// The runs' own reports, which lie beside the page.
Markup run_links(const Comparison& comparison) {
  Markup links;
  for (const SideEntry& side : comparison.sides) {
    for (const RunEntry& run : side.runs) {
      if (run.finished) {
        links +=
            "{0}<a href='runs/{1}/report.html'>{1}</a>"_html(links.empty() ? "" : ", ", run.name);
      }
    }
  }
  return "<p>Trainings: {}</p>\n"_html(links);
}

Markup picture(const ComparePicture& compared, const Comparison& comparison) {
  Markup html = "<h2>The {} image of the first side: {}</h2>\n<div class='row'>\n"_html(
      compared.rule, compared.image);
  for (const ComparePanel& panel : compared.panels) {
    std::size_t place = 0;
    while (comparison.sides[place].name != panel.side) {
      ++place;
    }
    html +=
        "<figure><img alt='{0}: outlines of the expert and of {1}' src='{2}'><figcaption>"
        "<span class='key' style='background:{3}'></span>{1}, Dice {4:.4f}</figcaption>"
        "</figure>\n"_html(compared.image, panel.side,
                           data_uri("image/jpeg", {reinterpret_cast<const char*>(panel.jpeg.data()),
                                                   panel.jpeg.size()}),
                           side_colour(place), panel.dice);
  }
  return html + "</div>\n"_html;
}

}  // namespace

Markup compare_html(const Comparison& comparison) {
  Markup html = report::page_head("bcnet compare");
  html += "<h1>Comparison</h1>\n<pre>{}</pre>\n<ul>\n"_html(comparison.command);
  for (const std::string& line : compare_conditions(comparison)) {
    html += "<li>{}</li>\n"_html(line);
  }
  html +=
      "</ul>\n{}{}"_html(report::html_table(compare_rows(comparison)), interval_chart(comparison));
  if (comparison.leave_one_out) {
    html += report::html_table(compare_groups(comparison));
  }
  const auto differences = compare_differences(comparison);
  if (differences.size() > 1) {
    html += report::html_table(differences);
  }
  html += run_links(comparison);
  html +=
      "<p><span class='key' style='background:{}'></span>the expert's outline, in every "
      "picture</p>\n"_html(report::truth_colour);
  for (const ComparePicture& compared : comparison.pictures) {
    html += picture(compared, comparison);
  }
  return html + "</html>\n"_html;
}

}  // namespace bcnet::compare
