#include "runs/run_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/files.h"
#include "core/html.h"
#include "report/line_chart.h"
#include "report/page.h"
#include "runs/run_cases.h"
#include "runs/run_names.h"
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
std::string remarks(const std::vector<NamedRun>& runs) {
  std::string items;
  const bool alike = std::all_of(runs.begin(), runs.end(), [&](const NamedRun& run) {
    return run.record->manifest_sha256 == runs[0].record->manifest_sha256;
  });
  if (!alike) {
    items +=
        "<li>The runs differ in their images or split: their figures are not of the same "
        "validation images.</li>\n";
  }
  for (const NamedRun& run : runs) {
    for (const auto* lines : {&run.record->damage, &run.record->notes}) {
      for (const std::string& line : *lines) {
        items += "<li>" + escape_html(line) + "</li>\n";
      }
    }
  }
  return items.empty() ? std::string() : "<ul>\n" + items + "</ul>\n";
}

std::string details(const std::string& title, const std::string& content, bool open = false) {
  return fmt::format("<details{}><summary>{}</summary>\n{}</details>\n", open ? " open" : "",
                     escape_html(title), content);
}

std::string settings(const std::vector<NamedRun>& runs) {
  std::string html = "<h2>Recipe and environment</h2>\n";
  const auto rows = differences(runs);
  if (runs.size() > 1) {
    html += rows.empty() ? "<p>The same in all runs.</p>\n"
                         : "<p>In what the runs differ:</p>\n" + report::html_table(rows);
  }
  for (const NamedRun& run : runs) {
    const std::string of = runs.size() == 1 ? "" : " of " + run.name;
    if (!run.record->recipe.empty()) {
      html += details("Recipe" + of, "<pre>" + escape_html(run.record->recipe) + "</pre>\n");
    }
    if (!run.record->environment.empty()) {
      html += details("Environment" + of,
                      "<pre>" +
                          escape_html(run.record->environment.dump(
                              2, ' ', false, Json::error_handler_t::replace)) +
                          "</pre>\n",
                      runs.size() == 1);
    }
  }
  return html;
}

}  // namespace

std::string run_page(const std::vector<NamedRun>& runs) {
  const std::string title = runs.size() == 1 ? "Training run: " + runs[0].name
                                             : fmt::format("{} training runs", runs.size());
  std::string html = report::page_head(title) + report::line_chart_style() + run_cases_style();
  html += "<h1>" + escape_html(title) + "</h1>\n";
  if (runs.size() == 1) {
    html += "<p>" + state_of(*runs[0].record) + "</p>\n";
  }
  html += remarks(runs);
  html += report::html_table(best_figures(runs));
  html += "<h2>Curves</h2>\n" + run_curves(runs);
  for (const NamedRun& run : runs) {
    html += details("Every epoch" + (runs.size() == 1 ? std::string() : " of " + run.name),
                    report::html_table(epoch_table(*run.record)));
  }
  html += "<h2>Validation images</h2>\n" + run_cases(runs);
  html += settings(runs);
  return html + report::line_chart_script() + "</html>\n";
}

void write_report(const RunFolder& folder) {
  const RunRecord run = read_run(folder.path());
  const std::string name = run_names({std::filesystem::weakly_canonical(folder.path())}).front();
  write_file_atomically(folder.report(), run_page({{name, &run}}));
}

}  // namespace bcnet::runs
