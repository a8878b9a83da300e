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
  const char* absent = nullptr;  ///< what stands for it where some have it; null: then no column
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
    {"images_without_polyp", "without polyp", "0"},
    {"false_positive_rate", "with a finding", "none"},
};

std::string cell(const Figure& figure) {
  std::string text = number_text(figure);
  const std::vector<std::string_view> shown{"mean_dice", "polyp_sensitivity",
                                            "false_positive_rate"};
  const bool with_interval = std::find(shown.begin(), shown.end(), figure.key) != shown.end();
  if (with_interval && figure.interval) {
    text += fmt::format(" ({:.4f}-{:.4f})", figure.interval->low, figure.interval->high);
  }
  return text;
}

std::string means_title(const std::vector<Result>& results) {
  const auto with_polyp = static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [](const Result& result) { return result.has_polyp(); }));
  return with_polyp == results.size()
             ? fmt::format("mean of {} sets", results.size())
             : fmt::format("mean of {} sets, {} with polyps", results.size(), with_polyp);
}

std::vector<std::string> size_row(const char* size, const PolypsOfSize& polyps) {
  const auto sensitivity = polyps.sensitivity();
  return {size, std::to_string(polyps.polyps), std::to_string(polyps.found),
          sensitivity ? fmt::format("{:.4f}", *sensitivity) : "none",
          polyps.interval ? interval_text(*polyps.interval) : std::string()};
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
    rows.push_back({means_title(results), ""});
  }
  for (const Column& column : columns) {
    const auto have = std::count_if(shown.begin(), shown.end(), [&](const auto& one) {
      return find_figure(one, column.key) != nullptr;
    });
    const bool all = static_cast<std::size_t>(have) == shown.size();
    if (have == 0 || (!all && column.absent == nullptr)) {
      continue;
    }
    rows[0].push_back(column.title);
    bool counts = false;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const Figure* figure = find_figure(shown[i], column.key);
      counts = counts || (figure != nullptr && figure->whole);
      rows[i + 1].push_back(figure == nullptr ? column.absent : cell(*figure));
    }
    if (several) {
      const Figure* mean = find_figure(means, column.key);
      rows.back().push_back(counts ? "" : mean == nullptr ? "none" : number_text(*mean));
    }
  }
  return rows;
}

std::vector<std::vector<std::string>> size_table(const PolypsFound& polyps) {
  if (polyps.all.polyps == 0) {
    return {};
  }
  std::vector<std::vector<std::string>> rows{
      {"size, of the picture", "polyps", "found", "sensitivity", "95% interval"}};
  for (std::size_t i = 0; i < polyp_sizes.size(); ++i) {
    rows.push_back(size_row(polyp_sizes.at(i).label, polyps.by_size.at(i)));
  }
  rows.push_back(size_row("all", polyps.all));
  return rows;
}

std::vector<std::vector<std::string>> group_table(const std::vector<GroupMean>& groups) {
  if (groups.empty()) {
    return {};
  }
  const bool healthy = std::any_of(groups.begin(), groups.end(), [](const GroupMean& group) {
    return group.without_polyp.images > 0;
  });
  std::vector<std::vector<std::string>> rows{{"group", "images", "Dice", "IoU"}};
  if (healthy) {
    rows[0].insert(rows[0].end(), {"without polyp", "with a finding"});
  }
  for (const GroupMean& group : groups) {
    const auto mean = [&](double value) {
      return group.has_polyp() ? fmt::format("{:.4f}", value) : std::string("–");
    };
    rows.push_back(
        {group.group, std::to_string(group.images), mean(group.mean_dice), mean(group.mean_iou)});
    if (healthy) {
      const auto rate = group.without_polyp.false_positive_rate();
      rows.back().push_back(std::to_string(group.without_polyp.images));
      rows.back().push_back(rate ? fmt::format("{:.4f}", *rate) : "none");
    }
  }
  return rows;
}

bool has_idle(const std::vector<Result>& results) {
  return std::any_of(results.begin(), results.end(), [](const Result& result) {
    return !result.has_polyp() ||
           std::any_of(result.groups.begin(), result.groups.end(),
                       [](const GroupMean& group) { return !group.has_polyp(); });
  });
}

}  // namespace bcnet::evaluate
