#include "metrics/weighted_f.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "metrics/nearest.h"

namespace bcnet::metrics {

double weighted_f(const std::vector<double>& map, const MaskView& truth) {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  const NearestForeground nearest = nearest_foreground(truth);
  if (nearest.index.empty()) {
    return 0;
  }
  const auto error = [&](std::size_t i) { return std::abs(map[i] - (truth.data[i] ? 1 : 0)); };
  cv::Mat smooth(truth.height, truth.width, CV_64FC1);
  double* smoothed = smooth.ptr<double>();
  for (std::size_t i = 0; i < map.size(); ++i) {
    smoothed[i] = error(nearest.index[i]);  // its own in the foreground
  }
  cv::GaussianBlur(smooth, smooth, {7, 7}, 5, 5, cv::BORDER_CONSTANT);
  smoothed = smooth.ptr<double>();

  double wanted = 0, inside = 0, outside = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (truth.data[i] != 0) {
      wanted += 1;
      inside += std::min(error(i), smoothed[i]);
    } else {
      outside += error(i) * (2 - std::exp(std::log(0.5) / 5 * nearest.distance[i]));
    }
  }
  const double recall = 1 - inside / wanted;
  const double precision = (wanted - inside) / (wanted - inside + outside + eps);
  return 2 * recall * precision / (recall + precision + eps);
}

}  // namespace bcnet::metrics
