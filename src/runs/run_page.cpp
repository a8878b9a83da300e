#include "runs/run_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/line_chart.h"
#include "report/page.h"
#include "runs/run_cases.h"
#include "runs/run_tables.h"

namespace bcnet::runs {

namespace {

std::string state_of(const RunRecord& run) {
  const std::int64_t epochs =
      run.epochs.empty() ? 0 : run.epochs.back()["epoch"].get<std::int64_t>();
  if (run.planned_epochs == 0) {
    return fmt::format("{} epochs.", epochs);
  }
  return epochs >= run.planned_epochs
             ? fmt::format("Finished: {} epochs.", epochs)
             : fmt::format("Epoch {} of {}: not finished when this page was written.", epochs,
                           run.planned_epochs);
}

/// What the reader should know of before the figures.
Markup remarks(const std::vector<NamedRun>& runs) {
  Markup items;
  const bool alike = std::all_of(runs.begin(), runs.end(), [&](const NamedRun& run) {
    return run.record->manifest_sha256 == runs[0].record->manifest_sha256;
  });
  if (!alike) {
    items +=
        "<li>The runs differ in their images or split: their figures are not of the same "
        "validation images.</li>\n"_html;
  }
  for (const NamedRun& run : runs) {
    for (const auto* lines : {&run.record->damage, &run.record->notes}) {
      for (const std::string& line : *lines) {
        items += "<li>{}</li>\n"_html(line);
      }
    }
  }
  return items.empty() ? Markup() : "<ul>\n{}</ul>\n"_html(items);
}

Markup details(const std::string& title, const Markup& content, bool open = false) {
  return "<details{}><summary>{}</summary>\n{}</details>\n"_html(open ? " open" : "", title,
                                                                 content);
}

Markup settings(const std::vector<NamedRun>& runs) {
  Markup html = "<h2>Recipe and environment</h2>\n"_html;
  const auto rows = differences(runs);
  if (runs.size() > 1) {
    html += rows.empty() ? "<p>The same in all runs.</p>\n"_html
                         : "<p>In what the runs differ:</p>\n{}"_html(report::html_table(rows));
  }
  for (const NamedRun& run : runs) {
    const std::string of = runs.size() == 1 ? "" : " of " + run.name;
    if (!run.record->recipe.empty()) {
      html += details("Recipe" + of, "<pre>{}</pre>\n"_html(run.record->recipe));
    }
    if (!run.record->environment.empty()) {
      html += details("Environment" + of,
                      "<pre>{}</pre>\n"_html(run.record->environment.dump(
                          2, ' ', false, Json::error_handler_t::replace)),
                      runs.size() == 1);
    }
  }
  return html;
}

}  // namespace

Markup run_page(const std::vector<NamedRun>& runs) {
  const std::string title = runs.size() == 1 ? "Training run: " + runs[0].name
                                             : fmt::format("{} training runs", runs.size());
  Markup html = report::page_head(title) + report::line_chart_style() + run_cases_style();
  html += "<h1>{}</h1>\n"_html(title);
  if (runs.size() == 1) {
    html += "<p>{}</p>\n"_html(state_of(*runs[0].record));
  }
  html += remarks(runs);
  html += report::html_table(best_figures(runs));
  html += "<h2>Curves</h2>\n{}"_html(run_curves(runs));
  for (const NamedRun& run : runs) {
    html += details("Every epoch" + (runs.size() == 1 ? std::string() : " of " + run.name),
                    report::html_table(epoch_table(*run.record)));
  }
  html += "<h2>Validation images</h2>\n{}"_html(run_cases(runs));
  html += settings(runs);
  return html + report::line_chart_script() + "</html>\n"_html;
}

}  // namespace bcnet::runs
