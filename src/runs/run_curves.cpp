#include "runs/run_curves.h"

#include <algorithm>
#include <array>

#include "report/line_chart.h"

namespace bcnet::runs {

namespace {

using report::Line;
using Points = std::vector<std::pair<double, double>>;

struct Curve {
  const char* title;  ///< where it has a chart of its own
  const char* label;  ///< where it shares one
  const char* key;    ///< of metrics.jsonl
};

struct CurveGroup {
  const char* title;
  std::vector<Curve> curves;
};

/// Older versions wrote only the sum of the levels' losses.
constexpr const char* summed_levels = "loss_levels";

const std::vector<CurveGroup>& groups() {
  static const std::vector<CurveGroup> all{
      {"Dice",
       {{"Dice, validation", "validation", "val_dice"},
        {"Dice, training", "training", "train_dice"}}},
      {"IoU, validation", {{"IoU, validation", "validation", "val_iou"}}},
      {"Loss", {{"Loss", "all outputs, weighted", "loss"}}},
      {"Loss of each output, unweighted",
       {{"Loss of the final mask", "final mask", "loss_final"},
        {"Loss of the location map", "location map", "loss_location"},
        {"Loss of the levels", "levels, summed", summed_levels},
        {"Loss of level 3", "level 3", "loss_level3"},
        {"Loss of level 4", "level 4", "loss_level4"},
        {"Loss of level 5", "level 5", "loss_level5"},
        {"Loss of the boundary map", "boundary map", "loss_boundary"}}},
      {"Learning rate", {{"Learning rate", "the highest of its parts", "learning_rate"}}},
      {"Images a second, training",
       {{"Images a second, training", "images/s", "images_per_second"}}}};
  return all;
}

/// Empty for what the run does not say, and for the loss of an output that its network lacks.
Points points_of(const RunRecord& run, const std::string& key) {
  const auto has = [&](const char* other) {
    return !run.epochs.empty() && run.epochs.back().contains(other);
  };
  Points points;
  if (key == summed_levels && has("loss_level5")) {
    return points;
  }
  for (const Json& line : run.epochs) {
    if (const auto value = number_of(line, key.c_str())) {
      points.emplace_back(line["epoch"].get<double>(), *value);
    }
  }
  const bool only_zeros = std::all_of(points.begin(), points.end(),
                                      [](const auto& point) { return point.second == 0; });
  if (only_zeros && key.rfind("loss_", 0) == 0) {
    points.clear();
  }
  return points;
}

/// Dice at one quantile of the validation images, by epoch.
Points dice_quantile(const RunRecord& run, std::size_t quantile) {
  Points points;
  for (const Validation& validation : run.validations) {
    if (validation.count > 0) {
      points.emplace_back(static_cast<double>(validation.epoch), validation.dice[quantile]);
    }
  }
  return points;
}

struct Quantile {
  const char* title;
  const char* label;
};

/// Those of shown_quantiles.
constexpr std::array<Quantile, shown_quantiles.size()> quantiles{
    {{"Dice of the images: upper quartile", "upper quartile"},
     {"Dice of the images: median", "median"},
     {"Dice of the images: lower quartile", "lower quartile"},
     {"Dice of the images: lowest decile", "lowest decile"}}};

Markup curves_of_one(const RunRecord& run) {
  Markup html;
  for (const CurveGroup& group : groups()) {
    std::vector<Line> lines;
    for (const Curve& curve : group.curves) {
      Points points = points_of(run, curve.key);
      if (!points.empty()) {
        lines.push_back({curve.label, lines.size(), std::move(points)});
      }
    }
    html += report::line_chart(group.title, lines);
  }
  std::vector<Line> spread;
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    spread.push_back({quantiles[i].label, i, dice_quantile(run, i)});
  }
  return html + report::line_chart("Dice of the single validation images", spread);
}

Markup curves_of_many(const std::vector<NamedRun>& runs) {
  Markup html;
  for (const CurveGroup& group : groups()) {
    for (const Curve& curve : group.curves) {
      std::vector<Line> lines;
      for (std::size_t i = 0; i < runs.size(); ++i) {
        lines.push_back({runs[i].name, i, points_of(*runs[i].record, curve.key)});
      }
      html += report::line_chart(curve.title, lines);
    }
  }
  for (std::size_t q = 0; q < quantiles.size(); ++q) {
    std::vector<Line> lines;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      lines.push_back({runs[i].name, i, dice_quantile(*runs[i].record, q)});
    }
    html += report::line_chart(quantiles[q].title, lines);
  }
  return html;
}

}  // namespace

Markup run_curves(const std::vector<NamedRun>& runs) {
  const Markup charts = runs.size() == 1 ? curves_of_one(*runs[0].record) : curves_of_many(runs);
  if (charts.empty()) {
    return "<p>No epoch is over yet.</p>\n"_html;
  }
  return "<div class='charts'>\n{}</div>\n"_html(charts);
}

}  // namespace bcnet::runs
