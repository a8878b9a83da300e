#include "evaluate/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "evaluate/figures.h"
#include "evaluate/measures.h"
#include "evaluate/table.h"
#include "report/dice_charts.h"
#include "report/line_chart.h"
#include "report/page.h"

namespace bcnet::evaluate {

namespace {

Markup figure_table(const Result& result) {
  std::vector<std::vector<std::string>> rows{{"", "", "95% interval"}};
  for (const Figure& figure : figures(result)) {
    rows.push_back({figure.label, number_text(figure),
                    figure.interval ? interval_text(*figure.interval) : std::string()});
  }
  return report::html_table(rows);
}

/// Nothing without rows.
Markup titled(const char* title, const std::vector<std::vector<std::string>>& rows) {
  return rows.empty() ? Markup() : "<h3>{}</h3>\n{}"_html(title, report::html_table(rows));
}

std::string share_text(const std::optional<double>& share) {
  return share ? fmt::format("{:.4f}", *share) : std::string("none");
}

Markup froc_table(const std::vector<metrics::FrocPoint>& curve) {
  std::vector<std::vector<std::string>> rows{{"least confidence", "polyps found",
                                              "false findings an image",
                                              "images without polyp with one"}};
  for (const metrics::FrocPoint& point : curve) {
    rows.push_back({fmt::format("{:.2f}", point.confidence), share_text(point.sensitivity),
                    fmt::format("{:.3f}", point.false_findings_per_image),
                    share_text(point.false_positive_rate)});
  }
  return "<details><summary>As a table</summary>\n{}</details>\n"_html(report::html_table(rows));
}

Markup froc(const std::vector<metrics::FrocPoint>& curve) {
  if (curve.empty()) {
    return {};
  }
  report::Line found{"polyps found", 0, {}};
  report::Line healthy{"images without polyp with a finding", 1, {}};
  report::Line wrong{"findings on no polyp, an image", 2, {}};
  for (const metrics::FrocPoint& point : curve) {
    wrong.points.emplace_back(point.confidence, point.false_findings_per_image);
    if (point.sensitivity) {
      found.points.emplace_back(point.confidence, *point.sensitivity);
    }
    if (point.false_positive_rate) {
      healthy.points.emplace_back(point.confidence, *point.false_positive_rate);
    }
  }
  const report::Across across{"least confidence", false};
  return "<h3>By the least confidence of a finding</h3>\n<div class='charts'>\n{}{}</div>\n{}"_html(
      report::line_chart("Shares", {found, healthy}, across),
      report::line_chart("False findings", {wrong}, across), froc_table(curve));
}

Markup against(const Against& other) {
  std::vector<std::vector<std::string>> rows{
      {"", "here", "there", "difference", "95% interval", "Wilcoxon p"}};
  for (const ComparedMeasure& m : other.measures) {
    rows.push_back({m.key, fmt::format("{:.4f}", m.mean), fmt::format("{:.4f}", m.other_mean),
                    fmt::format("{:.4f}", m.difference.mean), interval_text(m.difference.interval),
                    fmt::format("{:.3g}", m.difference.wilcoxon_p)});
  }
  return "<h3>Against {}, {} images of both</h3>\n{}"_html(other.file, other.images,
                                                           report::html_table(rows));
}

Markup pictures(const char* title, const std::vector<CasePicture>& cases) {
  if (cases.empty()) {
    return {};
  }
  Markup html = "<h3>{}</h3>\n<div class='row'>\n"_html(title);
  for (const CasePicture& c : cases) {
    html +=
        "<figure><img alt='{0}' src='{1}'>"
        "<figcaption>{0}<br>Dice {2:.4f}</figcaption></figure>\n"_html(
            c.image,
            data_uri("image/jpeg", {reinterpret_cast<const char*>(c.jpeg.data()), c.jpeg.size()}),
            c.dice);
  }
  return html + "</div>\n"_html;
}

std::vector<report::ChartedImage> charted(const std::vector<ImageScore>& images) {
  std::vector<report::ChartedImage> all;
  all.reserve(images.size());
  for (const ImageScore& image : images) {
    all.push_back({image.name, metrics::dice(image.counts), polyp_percent(image)});
  }
  return all;
}

Markup section(const Result& result, const CasePictures& cases) {
  const Source& source = result.source;
  Markup html = "<h2>{}{}{}</h2>\n<p>{} images, threshold {:g}, {}</p>\n"_html(
      source.data, source.split.empty() ? "" : ", ", source.split, result.images.size(),
      source.threshold,
      source.model ? source.model->file + ", " + source.model->engine : made_by(source));
  if (!result.failed.empty()) {
    html += "<p><strong>{} files could not be measured</strong> and are left out.</p>\n"_html(
        result.failed.size());
  }
  html += figure_table(result);
  const std::vector<report::ChartedImage> images = charted(result.images);
  html += "<div class='row'>\n<figure>{}</figure>\n<figure>{}</figure>\n</div>\n"_html(
      report::dice_histogram(images), report::dice_by_size({{{}, 0, images}}));
  html += titled("Polyps found, by size", size_table(result.polyps));
  html += titled("Groups", group_table(result.groups));
  html += froc(result.froc);
  if (result.against) {
    html += against(*result.against);
  }
  html += report::outline_legend();
  return html + pictures("Worst", cases.worst) + pictures("Best", cases.best);
}

}  // namespace

Markup results_page(const std::vector<Result>& results, const std::vector<CasePictures>& cases) {
  const bool charts = std::any_of(results.begin(), results.end(),
                                  [](const Result& result) { return !result.froc.empty(); });
  Markup html = report::page_head("bcnet eval");
  if (charts) {
    html += report::line_chart_style();
  }
  html += "<h1>Evaluation</h1>\n"_html;
  if (has_idle(results)) {
    html += "<p>{}</p>\n"_html(idle_note);
  }
  if (results.size() > 1) {
    html += report::html_table(data_set_table(results));
    html += froc(pooled_froc(results));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    html += section(results[i], cases[i]);
  }
  if (charts) {
    html += report::line_chart_script();
  }
  return html + "</html>\n"_html;
}

}  // namespace bcnet::evaluate
