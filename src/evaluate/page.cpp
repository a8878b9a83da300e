#include "evaluate/page.h"

#include <fmt/format.h>

#include "evaluate/figures.h"
#include "evaluate/measures.h"
#include "evaluate/table.h"
#include "report/dice_charts.h"
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

Markup froc_table(const std::vector<metrics::FrocPoint>& curve) {
  if (curve.empty()) {
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"least confidence", "polyps found",
                                              "false findings an image",
                                              "images without polyp with one"}};
  for (const metrics::FrocPoint& point : curve) {
    rows.push_back({fmt::format("{:.2f}", point.confidence),
                    fmt::format("{:.4f}", point.sensitivity),
                    fmt::format("{:.3f}", point.false_findings_per_image),
                    point.false_positive_rate ? fmt::format("{:.4f}", *point.false_positive_rate)
                                              : std::string("none")});
  }
  return "<h3>By the least confidence of a finding</h3>\n{}"_html(report::html_table(rows));
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
  html += froc_table(result.froc);
  if (result.against) {
    html += against(*result.against);
  }
  html += report::outline_legend();
  return html + pictures("Worst", cases.worst) + pictures("Best", cases.best);
}

}  // namespace

Markup results_page(const std::vector<Result>& results, const std::vector<CasePictures>& cases) {
  Markup html = report::page_head("bcnet eval") + "<h1>Evaluation</h1>\n"_html;
  if (results.size() > 1) {
    html += report::html_table(data_set_table(results));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    html += section(results[i], cases[i]);
  }
  return html + "</html>\n"_html;
}

}  // namespace bcnet::evaluate
