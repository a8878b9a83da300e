#include "compare/summary.h"

#include <cmath>
#include <map>
#include <string>

#include "evaluate/against.h"
#include "evaluate/json.h"
#include "metrics/bootstrap.h"
#include "metrics/mean.h"

namespace bcnet::compare {

namespace {

struct SummaryMeasure {
  const char* key;
  const char* image_key;
};

constexpr SummaryMeasure measures[] = {
    {"mean_dice", "dice"}, {"mean_iou", "iou"}, {"boundary_f", "boundary_f"}};

Json deviation(const std::vector<double>& values) {
  if (values.size() < 2) {
    return {};
  }
  const double centre = metrics::mean(values);
  double sum = 0;
  for (const double value : values) {
    sum += (value - centre) * (value - centre);
  }
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

/// A measure's values of each image over the runs.
std::map<std::string, std::vector<double>> by_image(const std::vector<Json>& results,
                                                    const char* image_key) {
  std::map<std::string, std::vector<double>> values;
  for (const Json& result : results) {
    for (const Json& image : result["per_image"]) {
      values[image["image"].get<std::string>()].push_back(image[image_key].get<double>());
    }
  }
  return values;
}

}  // namespace

Json summarize_runs(const std::vector<Json>& results, std::uint64_t seed) {
  Json summary = {{"ci", {{"level", 0.95}}}, {"deviation", Json::object()}};
  std::map<std::string, Json> images;
  for (const SummaryMeasure& measure : measures) {
    std::vector<double> of_images, of_runs;
    for (const auto& [name, values] : by_image(results, measure.image_key)) {
      of_images.push_back(metrics::mean(values));
      images[name]["image"] = name;
      images[name][measure.image_key] = of_images.back();
    }
    for (const Json& result : results) {
      of_runs.push_back(result[measure.key].get<double>());
    }
    const metrics::Interval ci = metrics::bootstrap_mean(of_images, seed);
    summary[measure.key] = metrics::mean(of_images);
    summary["ci"][measure.key] = {ci.low, ci.high};
    summary["deviation"][measure.key] = deviation(of_runs);
  }
  summary["images"] = images.size();
  summary["per_image"] = Json::array();
  for (auto& [name, image] : images) {
    summary["per_image"].push_back(std::move(image));
  }
  return summary;
}

Json compare_summaries(const Json& summary, const Json& first, std::uint64_t seed) {
  const evaluate::Against against =
      evaluate::compare_images(evaluate::comparable_images(summary["per_image"]),
                               evaluate::comparable_images(first["per_image"]), {}, seed);
  return to_json(against.measures);
}

}  // namespace bcnet::compare
