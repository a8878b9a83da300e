#include "compare/summary.h"

#include <cmath>
#include <map>

#include "metrics/mean.h"

namespace bcnet::compare {

namespace {

using Images = std::vector<evaluate::ComparableImage>;

std::optional<double> deviation(const std::vector<double>& values) {
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
std::map<std::string, std::vector<double>> by_image(const std::vector<Images>& runs,
                                                    const char* image_key) {
  std::map<std::string, std::vector<double>> values;
  for (const Images& images : runs) {
    for (const evaluate::ComparableImage& image : images) {
      values[image.image].push_back(image.values.at(image_key));
    }
  }
  return values;
}

double mean_of_run(const Images& images, const char* image_key) {
  std::vector<double> values;
  for (const evaluate::ComparableImage& image : images) {
    values.push_back(image.values.at(image_key));
  }
  return metrics::mean(values);
}

}  // namespace

Summary summarize_runs(const std::vector<Images>& runs, std::uint64_t seed) {
  Summary summary;
  std::map<std::string, evaluate::ComparableImage> merged;
  for (SummaryMean* measure : {&summary.dice, &summary.iou, &summary.boundary_f}) {
    std::vector<double> of_images, of_runs;
    for (const auto& [name, values] : by_image(runs, measure->image_key)) {
      of_images.push_back(metrics::mean(values));
      merged[name].image = name;
      merged[name].values[measure->image_key] = of_images.back();
    }
    for (const Images& images : runs) {
      of_runs.push_back(mean_of_run(images, measure->image_key));
    }
    measure->mean = metrics::mean(of_images);
    measure->interval = metrics::bootstrap_mean(of_images, seed);
    measure->deviation = deviation(of_runs);
  }
  for (auto& [name, image] : merged) {
    summary.images.push_back(std::move(image));
  }
  return summary;
}

std::vector<evaluate::ComparedMeasure> compare_summaries(const Summary& summary,
                                                         const Summary& first, std::uint64_t seed) {
  return evaluate::compare_images(summary.images, first.images, {}, seed).measures;
}

}  // namespace bcnet::compare
