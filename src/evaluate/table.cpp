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

/// Null where a result has no such figure.
const Figure* find(const std::vector<Figure>& figures, std::string_view key) {
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const Figure& figure) { return figure.key == key; });
  return found == figures.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::vector<std::string>> data_set_table(const std::vector<Result>& results) {
  std::vector<std::vector<std::string>> rows{{"data", "images"}};
  std::vector<std::vector<Figure>> shown;
  for (const Result& result : results) {
    rows.push_back({result.source.data, std::to_string(result.images.size())});
    shown.push_back(figures(result));
  }
  for (const Column& column : columns) {
    const bool all = std::all_of(shown.begin(), shown.end(),
                                 [&](const auto& one) { return find(one, column.key) != nullptr; });
    if (!all) {
      continue;
    }
    rows[0].push_back(column.title);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      rows[i + 1].push_back(cell(*find(shown[i], column.key)));
    }
  }
  return rows;
}

}  // namespace bcnet::evaluate
