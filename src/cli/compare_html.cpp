#include "cli/compare_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/compare_table.h"
#include "core/html.h"
#include "report/cases.h"
#include "report/page.h"

namespace bcnet::cli {

namespace {

/// Mean Dice of each side with its interval, on an axis from the lowest end to the highest.
std::string interval_chart(const Json& comparison) {
  constexpr double left = 150, right = 620, line = 28, top = 14;
  double low = 1, high = 0;
  std::vector<const Json*> sides;
  for (const Json& side : comparison["sides"]) {
    if (side.contains("mean_dice")) {
      sides.push_back(&side);
      low = std::min(low, side["ci"]["mean_dice"][0].get<double>());
      high = std::max(high, side["ci"]["mean_dice"][1].get<double>());
    }
  }
  constexpr double steps_per_unit = 20;
  low = std::floor(low * steps_per_unit) / steps_per_unit;
  high = std::max(std::ceil(high * steps_per_unit) / steps_per_unit, low + 1 / steps_per_unit);
  const auto x = [&](double dice) { return left + (dice - low) / (high - low) * (right - left); };
  const double bottom = top + line * static_cast<double>(sides.size());
  std::string svg = fmt::format(
      "<div style='max-width:46em'><svg viewBox='0 0 640 {:.0f}' role='img' aria-label='Mean Dice "
      "with its 95% interval'>",
      bottom + 26);
  const int steps = static_cast<int>(std::lround((high - low) * steps_per_unit));
  for (int i = 0; i <= steps; ++i) {
    const double dice = low + i / steps_per_unit;
    svg += fmt::format(
        "<line class='grid' x1='{0:.1f}' x2='{0:.1f}' y1='{1:.0f}' y2='{2:.0f}'/>"
        "<text x='{0:.1f}' y='{3:.0f}' text-anchor='middle'>{4:.2f}</text>",
        x(dice), top, bottom, bottom + 18, dice);
  }
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const Json& side = *sides[i];
    const double y = top + line * (static_cast<double>(i) + 0.5);
    svg += fmt::format(
        "<text x='{:.0f}' y='{:.0f}' text-anchor='end'>{}</text>"
        "<line stroke='var(--c0)' stroke-width='2' x1='{:.1f}' x2='{:.1f}' y1='{:.1f}' "
        "y2='{:.1f}'/>"
        "<circle fill='var(--c0)' cx='{:.1f}' cy='{:.1f}' r='5'><title>{:.4f}</title></circle>",
        left - 10, y + 4, escape_html(side["name"].get<std::string>()),
        x(side["ci"]["mean_dice"][0].get<double>()), x(side["ci"]["mean_dice"][1].get<double>()), y,
        y, x(side["mean_dice"].get<double>()), y, side["mean_dice"].get<double>());
  }
  return svg + "</svg></div>\n";
}

/// The runs' own reports, which lie beside the page.
std::string run_links(const Json& comparison) {
  std::string links;
  for (const Json& side : comparison["sides"]) {
    for (const Json& run : side["runs"]) {
      if (run["state"] == "finished") {
        const std::string name = escape_html(run["run"].get<std::string>());
        links += fmt::format("{0}<a href='runs/{1}/report.html'>{1}</a>", links.empty() ? "" : ", ",
                             name);
      }
    }
  }
  return "<p>Trainings: " + links + "</p>\n";
}

std::string picture(const ComparePicture& compared, const Json& comparison) {
  std::string html = fmt::format("<h2>The {} image of the first side: {}</h2>\n<div class='row'>\n",
                                 compared.rule, escape_html(compared.image));
  for (const ComparePanel& panel : compared.panels) {
    std::size_t place = 0;
    while (comparison["sides"][place]["name"] != panel.side) {
      ++place;
    }
    const std::string name = escape_html(panel.side);
    html += fmt::format(
        "<figure><img alt='{0}: outlines of the expert and of {1}' src='{2}'><figcaption>"
        "<span class='key' style='background:{3}'></span>{1}, Dice {4:.4f}</figcaption></figure>\n",
        escape_html(compared.image), name,
        data_uri("image/jpeg",
                 {reinterpret_cast<const char*>(panel.jpeg.data()), panel.jpeg.size()}),
        side_colour(place), panel.dice);
  }
  return html + "</div>\n";
}

}  // namespace

std::string compare_html(const Json& comparison, const std::vector<ComparePicture>& pictures) {
  std::string html = report::page_head("bcnet compare");
  html += "<h1>Comparison</h1>\n<pre>" + escape_html(comparison["command"].get<std::string>()) +
          "</pre>\n<ul>\n";
  for (const std::string& line : compare_conditions(comparison)) {
    html += "<li>" + escape_html(line) + "</li>\n";
  }
  html += "</ul>\n" + report::html_table(compare_rows(comparison)) + interval_chart(comparison);
  const auto differences = compare_differences(comparison);
  if (differences.size() > 1) {
    html += report::html_table(differences);
  }
  html += run_links(comparison);
  html += fmt::format(
      "<p><span class='key' style='background:{}'></span>the expert's outline, in every "
      "picture</p>\n",
      report::truth_colour);
  for (const ComparePicture& compared : pictures) {
    html += picture(compared, comparison);
  }
  return html + "</html>\n";
}

}  // namespace bcnet::cli
