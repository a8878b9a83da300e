#include "evaluate/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "metrics/mean.h"

namespace bcnet::evaluate {

namespace {

Figure count_figure(const char* key, const char* label, std::size_t number) {
  return {key, label, static_cast<double>(number), true};
}

Figure polyp_figure(const char* key, const char* label, std::optional<double> number) {
  Figure figure{key, label, number};
  figure.of_polyps = true;
  return figure;
}

void add_field_figures(const FieldFigures& field, std::vector<Figure>& list) {
  list.push_back(polyp_figure("maxEm", "maxEm", field.max_enhanced_alignment));
  list.push_back(polyp_figure("maxDic", "maxDic", field.max_dice));
  list.push_back(polyp_figure("maxIoU", "maxIoU", field.max_iou));
  list.push_back(polyp_figure("maxSen", "maxSen", field.max_sensitivity));
  list.push_back(polyp_figure("maxSpe", "maxSpe", field.max_specificity));
}

/// Whether polyps are found, and findings where there is none.
void add_found_figures(const Result& result, std::vector<Figure>& list) {
  const PolypsOfSize& polyps = result.polyps.all;
  list.push_back(polyp_figure("polyp_sensitivity", "sensitivity per polyp", polyps.sensitivity()));
  list.back().interval = polyps.interval;
  if (result.field) {
    list.push_back(count_figure("polyps_found", "polyps found", polyps.found));
    list.push_back(count_figure("polyps_missed", "polyps missed", polyps.polyps - polyps.found));
    list.push_back(count_figure("polyps_false", "polyps false", result.field->false_polyps));
  }
  if (result.without_polyp.images > 0) {
    list.push_back(
        count_figure("images_without_polyp", "images without polyp", result.without_polyp.images));
    list.push_back(
        {"false_positive_rate", "... with a finding", result.without_polyp.false_positive_rate()});
    list.back().interval = result.without_polyp.interval();
  }
}

}  // namespace

std::vector<Figure> figures(const Result& result) {
  std::vector<Figure> list;
  for (const MeasuredMean& measured : result.means) {
    Figure figure{measured.measure->key, measured.measure->label, {}};
    if (measured.mean) {
      figure.number = measured.mean->value;
      figure.interval = measured.mean->interval;
    }
    figure.of_polyps = measured.measure->of_polyps;
    list.push_back(figure);
  }
  list.push_back(polyp_figure("global_dice", "dataset-wide Dice", result.global_dice));
  list.push_back(polyp_figure("global_iou", "dataset-wide IoU", result.global_iou));
  if (result.field) {
    add_field_figures(*result.field, list);
  }
  add_found_figures(result, list);
  for (Figure& figure : list) {
    figure.idle = figure.of_polyps && !result.has_polyp();
    if (figure.idle) {
      figure.interval.reset();
    }
  }
  return list;
}

std::vector<Figure> mean_figures(const std::vector<Result>& results) {
  std::vector<std::vector<Figure>> sets;
  for (const Result& result : results) {
    sets.push_back(figures(result));
  }
  std::vector<Figure> means;
  for (const Figure& first : sets.front()) {
    Figure mean{first.key, first.label, {}};
    mean.of_polyps = first.of_polyps;
    std::vector<double> numbers;
    bool all = !first.whole;
    for (const std::vector<Figure>& set : sets) {
      const Figure* figure = find_figure(set, first.key);
      if (figure == nullptr || (!figure->idle && !figure->number)) {
        all = false;
      } else if (!figure->idle) {
        numbers.push_back(*figure->number);
      }
    }
    mean.idle = numbers.empty();
    if (!mean.idle) {
      mean.number = metrics::mean(numbers);
    }
    if (all) {
      means.push_back(mean);
    }
  }
  return means;
}

const Figure* find_figure(const std::vector<Figure>& figures, std::string_view key) {
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const Figure& figure) { return figure.key == key; });
  return found == figures.end() ? nullptr : &*found;
}

std::string number_text(const Figure& figure) {
  if (figure.idle) {
    return "–";
  }
  if (!figure.number) {
    return "none";
  }
  return figure.whole ? fmt::format("{}", static_cast<std::int64_t>(*figure.number))
                      : fmt::format("{:.4f}", *figure.number);
}

std::string interval_text(const metrics::Interval& interval) {
  return fmt::format("{:.4f} to {:.4f}", interval.low, interval.high);
}

std::string made_by(const Source& source) {
  return source.model ? source.model->engine : "predictions of " + source.predictions;
}

}  // namespace bcnet::evaluate
