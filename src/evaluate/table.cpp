#include "evaluate/table.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string cell(const Json& result, const char* key) {
  const Json& value = result[key];
  if (value.is_null()) {
    return "none";
  }
  std::string text = fmt::format("{:.4f}", value.get<double>());
  if (std::string(key) == "mean_dice") {
    const Json& ci = result["ci"][key];
    text += fmt::format(" ({:.4f}-{:.4f})", ci[0].get<double>(), ci[1].get<double>());
  }
  return text;
}

}  // namespace

std::vector<std::vector<std::string>> data_set_table(const std::vector<Json>& results) {
  std::vector<std::vector<std::string>> rows{{"data", "images"}};
  for (const Json& result : results) {
    rows.push_back(
        {result["data"].get<std::string>(), std::to_string(result["images"].get<std::int64_t>())});
  }
  for (const Column& column : columns) {
    const bool all = std::all_of(results.begin(), results.end(),
                                 [&](const Json& result) { return result.contains(column.key); });
    if (!all) {
      continue;
    }
    rows[0].push_back(column.title);
    for (std::size_t i = 0; i < results.size(); ++i) {
      rows[i + 1].push_back(cell(results[i], column.key));
    }
  }
  return rows;
}

}  // namespace bcnet::evaluate
