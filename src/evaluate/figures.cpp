#include "evaluate/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace bcnet::evaluate {

std::vector<Figure> figures(const Result& result) {
  std::vector<Figure> list;
  for (const MeasuredMean& measured : result.means) {
    Figure figure{measured.measure->key, measured.measure->label, {}};
    if (measured.mean) {
      figure.number = measured.mean->value;
      figure.interval = measured.mean->interval;
    }
    list.push_back(figure);
  }
  list.push_back({"global_dice", "dataset-wide Dice", result.global_dice});
  list.push_back({"global_iou", "dataset-wide IoU", result.global_iou});
  if (result.without_polyp.images > 0) {
    list.push_back({"images_without_polyp", "images without polyp",
                    static_cast<double>(result.without_polyp.images), true});
    list.push_back(
        {"false_positive_rate", "... with a finding", result.without_polyp.false_positive_rate()});
  }
  if (result.field) {
    const FieldFigures& field = *result.field;
    const auto count = [&](const char* key, const char* label, std::size_t polyps) {
      list.push_back({key, label, static_cast<double>(polyps), true});
    };
    list.push_back({"maxEm", "maxEm", field.max_enhanced_alignment});
    list.push_back({"maxDic", "maxDic", field.max_dice});
    list.push_back({"maxIoU", "maxIoU", field.max_iou});
    list.push_back({"maxSen", "maxSen", field.max_sensitivity});
    list.push_back({"maxSpe", "maxSpe", field.max_specificity});
    list.push_back({"polyp_sensitivity", "sensitivity per polyp", field.polyp_sensitivity});
    count("polyps_found", "polyps found", field.polyps.found);
    count("polyps_missed", "polyps missed", field.polyps.missed);
    count("polyps_false", "polyps false", field.polyps.false_found);
  }
  return list;
}

std::vector<Figure> mean_figures(const std::vector<Result>& results) {
  std::vector<Figure> means = figures(results.front());
  for (Figure& mean : means) {
    mean.interval.reset();
  }
  for (std::size_t i = 1; i < results.size(); ++i) {
    const std::vector<Figure> others = figures(results[i]);
    for (Figure& mean : means) {
      const Figure* other = find_figure(others, mean.key);
      mean.number = mean.number && other != nullptr && other->number
                        ? std::optional(*mean.number + *other->number)
                        : std::nullopt;
    }
  }
  means.erase(std::remove_if(means.begin(), means.end(),
                             [](const Figure& mean) { return mean.whole || !mean.number; }),
              means.end());
  for (Figure& mean : means) {
    *mean.number /= static_cast<double>(results.size());
  }
  return means;
}

const Figure* find_figure(const std::vector<Figure>& figures, std::string_view key) {
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const Figure& figure) { return figure.key == key; });
  return found == figures.end() ? nullptr : &*found;
}

std::string number_text(const Figure& figure) {
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
