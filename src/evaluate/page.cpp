#include "evaluate/page.h"

#include <fmt/format.h>

#include "evaluate/measures.h"
#include "evaluate/table.h"
#include "report/dice_charts.h"
#include "report/page.h"

namespace bcnet::evaluate {

namespace {

std::string number(const Json& value) {
  if (value.is_null()) {
    return "none";
  }
  return value.is_number_integer() ? value.dump() : fmt::format("{:.4f}", value.get<double>());
}

std::string interval(const Json& ends) {
  return fmt::format("{:.4f} to {:.4f}", ends[0].get<double>(), ends[1].get<double>());
}

Markup figures(const Json& result) {
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
  return report::html_table(rows);
}

Markup against(const Json& other) {
  std::vector<std::vector<std::string>> rows{
      {"", "here", "there", "difference", "95% interval", "Wilcoxon p"}};
  for (const auto& [key, m] : other["measures"].items()) {
    rows.push_back({key, number(m["mean"]), number(m["other_mean"]), number(m["difference"]),
                    interval(m["ci"]), fmt::format("{:.3g}", m["wilcoxon_p"].get<double>())});
  }
  return "<h3>Against {}, {} images of both</h3>\n{}"_html(other["file"].get<std::string>(),
                                                           other["images"].get<std::int64_t>(),
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

Markup section(const Json& result, const CasePictures& cases) {
  const std::string split = result["split"].get<std::string>();
  Markup html = "<h2>{}{}{}</h2>\n<p>{} images, threshold {:g}, {}</p>\n"_html(
      result["data"].get<std::string>(), split.empty() ? "" : ", ", split,
      result["images"].get<std::int64_t>(), result["threshold"].get<double>(),
      result.contains("model")
          ? result["model"].get<std::string>() + ", " + result["engine"].get<std::string>()
          : "predictions of " + result["predictions"].get<std::string>());
  if (!result["failed"].empty()) {
    html += "<p><strong>{} files could not be measured</strong> and are left out.</p>\n"_html(
        result["failed"].size());
  }
  html += figures(result);
  html += "<div class='row'>\n<figure>{}</figure>\n<figure>{}</figure>\n</div>\n"_html(
      report::dice_histogram(result["per_image"]),
      report::dice_by_size({{{}, 0, result["per_image"]}}));
  if (result.contains("against")) {
    html += against(result["against"]);
  }
  html += report::outline_legend();
  return html + pictures("Worst", cases.worst) + pictures("Best", cases.best);
}

}  // namespace

Markup eval_html(const std::vector<Json>& results, const std::vector<CasePictures>& cases) {
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
