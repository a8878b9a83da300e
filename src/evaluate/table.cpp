#include "evaluate/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "evaluate/figures.h"

namespace bcnet::evaluate {

namespace {

struct Column {
  const char* key;
  const char* title;
};

const std::vector<Column> columns{
    {"mean_dice", "Dice"},
    {"mean_iou", "IoU"},
    {"wFm", "wFm"},
    {"Sm", "Sm"},
    {"meanEm", "meanEm"},
    {"maxEm", "maxEm"},
    {"MAE", "MAE"},
    {"hd95", "HD95"},
    {"boundary_f", "boundary F"},
    {"polyp_sensitivity", "sensitivity"},
    {"false_positives_per_image", "false/image"},
};

std::string cell(const Figure& figure) {
  std::string text = number_text(figure);
  if (std::string_view(figure.key) == "mean_dice" && figure.interval) {
    text += fmt::format(" ({:.4f}-{:.4f})", figure.interval->low, figure.interval->high);
  }
  return text;
}

}  // namespace

std::vector<std::vector<std::string>> data_set_table(const std::vector<Result>& results) {
  std::vector<std::vector<std::string>> rows{{"data", "images"}};
  std::vector<std::vector<Figure>> shown;
  for (const Result& result : results) {
    rows.push_back({result.source.data, std::to_string(result.images.size())});
    shown.push_back(figures(result));
  }
  const bool several = results.size() > 1;
  const std::vector<Figure> means = several ? mean_figures(results) : std::vector<Figure>{};
  if (several) {
    rows.push_back({fmt::format("mean of {} sets", results.size()), ""});
  }
  for (const Column& column : columns) {
    const bool all = std::all_of(shown.begin(), shown.end(), [&](const auto& one) {
      return find_figure(one, column.key) != nullptr;
    });
    if (!all) {
      continue;
    }
    rows[0].push_back(column.title);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      rows[i + 1].push_back(cell(*find_figure(shown[i], column.key)));
    }
    if (several) {
      const Figure* mean = find_figure(means, column.key);
      rows.back().push_back(mean == nullptr ? "none" : number_text(*mean));
    }
  }
  return rows;
}

}  // namespace bcnet::evaluate
