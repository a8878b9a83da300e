#include "train/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/html.h"

namespace bcnet::train {

namespace {

struct Series {
  const char* key;
  const char* label;
  const char* colour;
};

constexpr double width = 640, height = 220, margin = 44;

/// One SVG chart over the epochs, with the ends of both axes labelled.
std::string chart(const std::string& title, const std::vector<Json>& lines,
                  const std::vector<Series>& series) {
  double low = 1e300, high = -1e300;
  for (const auto& s : series) {
    for (const Json& line : lines) {
      if (line.contains(s.key)) {
        low = std::min(low, line[s.key].get<double>());
        high = std::max(high, line[s.key].get<double>());
      }
    }
  }
  if (low > high) {
    return {};
  }
  if (high - low < 1e-9) {
    high = low + 1e-3;
  }
  const double last = std::max(2.0, lines.back().value("epoch", 1.0));
  std::string svg = fmt::format(
      "<figure><figcaption>{}</figcaption><svg viewBox='0 0 {} {}' role='img'>"
      "<path class='axis' d='M{m} 10V{b}H{r}'/>"
      "<text x='4' y='18'>{:.3f}</text><text x='4' y='{b}'>{:.3f}</text>"
      "<text x='{m}' y='{t}'>epoch 1</text>"
      "<text x='{r}' y='{t}' text-anchor='end'>{:.0f}</text>",
      title, width, height, high, low, last, fmt::arg("m", margin), fmt::arg("b", height - 28),
      fmt::arg("r", width - 8), fmt::arg("t", height - 10));
  std::string legend;
  for (const auto& s : series) {
    std::string points;
    for (const Json& line : lines) {
      if (!line.contains(s.key)) {
        continue;
      }
      const double x = margin + (line.value("epoch", 1.0) - 1) / (last - 1) * (width - 8 - margin);
      const double y = 10 + (high - line[s.key].get<double>()) / (high - low) * (height - 38);
      points += fmt::format("{:.1f},{:.1f} ", x, y);
    }
    svg += fmt::format("<polyline points='{}' stroke='{}'/>", points, s.colour);
    legend += fmt::format("<span style='color:{}'>{}</span> ", s.colour, s.label);
  }
  return svg + "</svg><p>" + legend + "</p></figure>\n";
}

std::string table(const std::vector<Json>& lines) {
  const std::vector<std::pair<const char*, const char*>> columns{{"epoch", "epoch"},
                                                                 {"stage", "stage"},
                                                                 {"size", "size"},
                                                                 {"loss", "loss"},
                                                                 {"train_dice", "Dice, training"},
                                                                 {"val_dice", "Dice, validation"},
                                                                 {"val_iou", "IoU, validation"},
                                                                 {"learning_rate", "learning rate"},
                                                                 {"images_per_second", "images/s"},
                                                                 {"seconds", "seconds"}};
  std::string html = "<table><tr>";
  for (const auto& column : columns) {
    html += fmt::format("<th>{}</th>", column.second);
  }
  html += "</tr>\n";
  for (const Json& line : lines) {
    html += "<tr>";
    for (const auto& column : columns) {
      const Json value = line.value(column.first, Json());
      std::string text;
      if (value.is_string()) {
        text = escape_html(value.get<std::string>());
      } else if (value.is_number_float()) {
        text = fmt::format("{:.4g}", value.get<double>());
      } else if (!value.is_null()) {
        text = value.dump();
      }
      html += "<td>" + text + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</table>";
}

}  // namespace

void write_report(const RunFolder& folder) {
  const auto lines = folder.read_metrics();
  if (lines.empty()) {
    return;
  }
  std::string html =
      "<!doctype html><html lang='en'><meta charset='utf-8'>"
      "<meta name='viewport' content='width=device-width'><title>bcnet training run</title>"
      "<style>:root{color-scheme:light dark}body{font:15px system-ui,sans-serif;margin:2em auto;"
      "max-width:60em;padding:0 1em}figure{margin:1em 0}svg{width:100%;max-width:640px}"
      "svg text{font-size:12px;fill:currentColor}.axis{stroke:currentColor;fill:none}"
      "polyline{fill:none;stroke-width:2}table{border-collapse:collapse;font-size:13px}"
      "td,th{padding:.2em .6em;text-align:right;border-bottom:1px solid #8884}</style>";
  html += "<h1>Training run</h1>";
  html += chart("Dice", lines,
                {{"train_dice", "training", "#d97706"}, {"val_dice", "validation", "#2563eb"}});
  html +=
      chart("Loss", lines, {{"loss", "total", "#dc2626"}, {"loss_final", "final mask", "#7c3aed"}});
  html += table(lines);
  html += "<h2>Recipe</h2><pre>" + escape_html(read_file(folder.recipe())) + "</pre></html>\n";
  write_file_atomically(folder.report(), html);
}

}  // namespace bcnet::train
