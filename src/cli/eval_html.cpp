#include "cli/eval_html.h"

#include <fmt/format.h>

#include "cli/eval_charts.h"
#include "cli/eval_measures.h"
#include "cli/eval_table.h"
#include "core/html.h"

namespace bcnet::cli {

namespace {

constexpr const char* head =
    "<!doctype html><html lang='en'><meta charset='utf-8'>"
    "<meta name='viewport' content='width=device-width'><title>bcnet eval</title>"
    "<style>:root{color-scheme:light dark}body{font:15px system-ui,sans-serif;margin:2em auto;"
    "max-width:64em;padding:0 1em}table{border-collapse:collapse;font-size:14px}"
    "td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #8884}"
    "td:first-child,th:first-child{text-align:left}.row{display:flex;flex-wrap:wrap;gap:1em}"
    "figure{margin:0;flex:1 1 14em;max-width:30em}figure img,svg{width:100%;border-radius:4px}"
    "figcaption{font-size:13px;overflow-wrap:anywhere}svg text{font-size:12px;"
    "fill:currentColor}.axis{stroke:currentColor;fill:none}.bar{fill:#3b82f6}"
    ".dot{fill:#3b82f6;fill-opacity:.65}.key{display:inline-block;width:1.2em;height:.5em;"
    "margin:0 .3em 0 1em;border:1px solid #8888}</style>\n";

std::string row(const std::vector<std::string>& cells, const char* tag) {
  std::string html = "<tr>";
  for (const std::string& cell : cells) {
    html += fmt::format("<{0}>{1}</{0}>", tag, escape_html(cell));
  }
  return html + "</tr>\n";
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<table>\n" + row(rows.front(), "th");
  for (std::size_t i = 1; i < rows.size(); ++i) {
    html += row(rows[i], "td");
  }
  return html + "</table>\n";
}

std::string number(const Json& value) {
  if (value.is_null()) {
    return "none";
  }
  return value.is_number_integer() ? value.dump() : fmt::format("{:.4f}", value.get<double>());
}

std::string interval(const Json& ends) {
  return fmt::format("{:.4f} to {:.4f}", ends[0].get<double>(), ends[1].get<double>());
}

std::string figures(const Json& result) {
  std::vector<std::vector<std::string>> rows{{"", "", "95% interval"}};
  for (const auto& group : {basic_measures(), field_measures()}) {
    for (const Measure& m : group) {
      if (result.contains(m.key)) {
        const Json& ci = result["ci"];
        rows.push_back({m.label, number(result[m.key]),
                        ci.contains(m.key) ? interval(ci[m.key]) : std::string()});
      }
    }
  }
  for (const auto& group : {basic_figures(), field_figures()}) {
    for (const Figure& f : group) {
      if (result.contains(f.key)) {
        rows.push_back({f.label, number(result[f.key]), ""});
      }
    }
  }
  return table(rows);
}

std::string against(const Json& other) {
  std::vector<std::vector<std::string>> rows{
      {"", "here", "there", "difference", "95% interval", "Wilcoxon p"}};
  for (const auto& [key, m] : other["measures"].items()) {
    rows.push_back({key, number(m["mean"]), number(m["other_mean"]), number(m["difference"]),
                    interval(m["ci"]), fmt::format("{:.3g}", m["wilcoxon_p"].get<double>())});
  }
  return fmt::format("<h3>Against {}, {} images of both</h3>\n{}",
                     escape_html(other["file"].get<std::string>()),
                     other["images"].get<std::int64_t>(), table(rows));
}

std::string pictures(const char* title, const std::vector<CasePicture>& cases) {
  if (cases.empty()) {
    return {};
  }
  std::string html = fmt::format("<h3>{}</h3>\n<div class='row'>\n", title);
  for (const CasePicture& c : cases) {
    const std::string name = escape_html(c.image);
    html += fmt::format(
        "<figure><img alt='{}' src='{}'>"
        "<figcaption>{}<br>Dice {:.4f}</figcaption></figure>\n",
        name, data_uri("image/jpeg", {reinterpret_cast<const char*>(c.jpeg.data()), c.jpeg.size()}),
        name, c.dice);
  }
  return html + "</div>\n";
}

std::string section(const Json& result, const CasePictures& cases) {
  const std::string split = result["split"].get<std::string>();
  std::string html =
      fmt::format("<h2>{}{}</h2>\n<p>{} images, threshold {:g}, {}</p>\n",
                  escape_html(result["data"].get<std::string>()),
                  split.empty() ? "" : ", " + escape_html(split),
                  result["images"].get<std::int64_t>(), result["threshold"].get<double>(),
                  result.contains("model")
                      ? escape_html(result["model"].get<std::string>() + ", " +
                                    result["engine"].get<std::string>())
                      : "predictions of " + escape_html(result["predictions"].get<std::string>()));
  if (!result["failed"].empty()) {
    html +=
        fmt::format("<p><strong>{} files could not be measured</strong> and are left out.</p>\n",
                    result["failed"].size());
  }
  html += figures(result);
  html += "<div class='row'>\n<figure>" + dice_histogram(result["per_image"]) +
          "</figure>\n<figure>" + dice_by_size(result["per_image"]) + "</figure>\n</div>\n";
  if (result.contains("against")) {
    html += against(result["against"]);
  }
  html += fmt::format(
      "<p>Outlines: <span class='key' style='background:{}'></span>the expert's"
      "<span class='key' style='background:{}'></span>the program's</p>\n",
      truth_colour, prediction_colour);
  return html + pictures("Worst", cases.worst) + pictures("Best", cases.best);
}

}  // namespace

std::string eval_html(const std::vector<Json>& results, const std::vector<CasePictures>& cases) {
  std::string html = head;
  html += "<h1>Evaluation</h1>\n";
  if (results.size() > 1) {
    html += table(data_set_table(results));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    html += section(results[i], cases[i]);
  }
  return html + "</html>\n";
}

}  // namespace bcnet::cli
