#include "metrics/boundary.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "metrics/nearest.h"
#include "metrics/quantile.h"

namespace bcnet::metrics {
namespace {

/// The mask's outline, as a mask.
std::vector<std::uint8_t> outline(const MaskView& mask) {
  const auto width = static_cast<std::size_t>(mask.width);
  std::vector<std::uint8_t> result(mask.size());
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      const std::size_t i = static_cast<std::size_t>(y) * width + x;
      const bool inside = y > 0 && y + 1 < mask.height && x > 0 && x + 1 < mask.width &&
                          mask.data[i - width] != 0 && mask.data[i + width] != 0 &&
                          mask.data[i - 1] != 0 && mask.data[i + 1] != 0;
      result[i] = mask.data[i] != 0 && !inside ? 1 : 0;
    }
  }
  return result;
}

std::vector<double> values_at(const std::vector<double>& values,
                              const std::vector<std::uint8_t>& where) {
  std::vector<double> chosen;
  for (std::size_t i = 0; i < where.size(); ++i) {
    if (where[i] != 0) {
      chosen.push_back(values[i]);
    }
  }
  return chosen;
}

double share_within_tolerance(const std::vector<double>& distances) {
  const auto near = std::count_if(distances.begin(), distances.end(),
                                  [](double d) { return d <= boundary_tolerance; });
  return static_cast<double>(near) / static_cast<double>(distances.size());
}

}  // namespace

BoundaryScore boundary_score(const MaskView& prediction, const MaskView& truth) {
  const auto predicted = outline(prediction);
  const auto wanted = outline(truth);
  const auto to_predicted =
      nearest_foreground({predicted.data(), prediction.width, prediction.height});
  const auto to_wanted = nearest_foreground({wanted.data(), truth.width, truth.height});
  if (to_predicted.distance.empty() || to_wanted.distance.empty()) {
    const bool both = to_predicted.distance.empty() && to_wanted.distance.empty();
    return both ? BoundaryScore{0, 0, 1} : BoundaryScore{};
  }
  std::vector<double> distances = values_at(to_wanted.distance, predicted);
  const std::vector<double> back = values_at(to_predicted.distance, wanted);
  const double precision = share_within_tolerance(distances);
  const double recall = share_within_tolerance(back);
  distances.insert(distances.end(), back.begin(), back.end());
  std::sort(distances.begin(), distances.end());
  BoundaryScore score;
  score.hd95 = quantile(distances, 0.95);
  score.average_surface_distance = std::accumulate(distances.begin(), distances.end(), 0.0) /
                                   static_cast<double>(distances.size());
  score.boundary_f = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
  return score;
}

}  // namespace bcnet::metrics
