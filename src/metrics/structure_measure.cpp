#include "metrics/structure_measure.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace bcnet::metrics {
namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double alpha = 0.5;

/// Object score of the pixels whose truth is wanted; values are the map's there, or in the
/// background what is missing to 1.
double object_score(const std::vector<double>& map, const MaskView& truth, bool wanted) {
  const auto each = [&](auto action) {
    for (std::size_t i = 0; i < map.size(); ++i) {
      if ((truth.data[i] != 0) == wanted) {
        action(wanted ? map[i] : 1 - map[i]);
      }
    }
  };
  double sum = 0, squares = 0;
  std::size_t count = 0;
  each([&](double value) {
    sum += value;
    ++count;
  });
  const double mean = sum / static_cast<double>(count);
  each([&](double value) { squares += (value - mean) * (value - mean); });
  const double deviation = count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : 0;
  return 2 * mean / (mean * mean + 1 + deviation + eps);
}

struct Part {
  int left, top, right, bottom;  // right and bottom are the first ones outside
  double size() const { return static_cast<double>(right - left) * (bottom - top); }
};

/// Structural similarity of map and mask in one part.
double similarity(const std::vector<double>& map, const MaskView& truth, const Part& part) {
  const double n = part.size();
  if (n == 0) {
    return 0;
  }
  const auto each = [&](auto action) {
    for (int y = part.top; y < part.bottom; ++y) {
      const std::size_t row = static_cast<std::size_t>(y) * static_cast<std::size_t>(truth.width);
      for (int x = part.left; x < part.right; ++x) {
        action(map[row + x], truth.data[row + x] != 0 ? 1.0 : 0.0);
      }
    }
  };
  // Summed from the first pixel's value, so that the mean of equal values is that value: the
  // result depends on whether a variance is 0.
  const double first =
      map[static_cast<std::size_t>(part.top) * static_cast<std::size_t>(truth.width) + part.left];
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  each([&](double p, double t) {
    x += p - first;
    y += t;
  });
  x = first + x / n;
  y /= n;
  each([&](double p, double t) {
    xx += (p - x) * (p - x);
    yy += (t - y) * (t - y);
    xy += (p - x) * (t - y);
  });
  const double degrees = n - 1 + eps;
  const double above = 4 * x * y * xy / degrees;
  const double below = (x * x + y * y) * (xx + yy) / degrees;
  if (above != 0) {
    return above / (below + eps);
  }
  return below == 0 ? 1 : 0;
}

/// Mean of coordinates counted from 1, halves upwards.
int rounded_mean(std::uint64_t sum, std::uint64_t count) {
  return static_cast<int>((2 * sum + count) / (2 * count));
}

double region_score(const std::vector<double>& map, const MaskView& truth) {
  std::uint64_t sum_x = 0, sum_y = 0, count = 0;
  for (int y = 0; y < truth.height; ++y) {
    for (int x = 0; x < truth.width; ++x) {
      if (truth.data[static_cast<std::size_t>(y) * static_cast<std::size_t>(truth.width) + x]) {
        sum_x += static_cast<std::uint64_t>(x) + 1;
        sum_y += static_cast<std::uint64_t>(y) + 1;
        ++count;
      }
    }
  }
  const int x = rounded_mean(sum_x, count);
  const int y = rounded_mean(sum_y, count);
  double score = 0;
  for (const Part& part : {Part{0, 0, x, y}, Part{x, 0, truth.width, y},
                           Part{0, y, x, truth.height}, Part{x, y, truth.width, truth.height}}) {
    score += part.size() / static_cast<double>(map.size()) * similarity(map, truth, part);
  }
  return score;
}

}  // namespace

double structure_measure(const std::vector<double>& map, const MaskView& truth) {
  const auto all = static_cast<double>(map.size());
  const double share =
      static_cast<double>(std::count_if(truth.data, truth.data + truth.size(),
                                        [](std::uint8_t value) { return value != 0; })) /
      all;
  if (share == 0 || share == 1) {
    double sum = 0;
    for (const double value : map) {
      sum += value;
    }
    return share == 0 ? 1 - sum / all : sum / all;
  }
  const double objects =
      share * object_score(map, truth, true) + (1 - share) * object_score(map, truth, false);
  return std::max(0.0, alpha * objects + (1 - alpha) * region_score(map, truth));
}

}  // namespace bcnet::metrics
