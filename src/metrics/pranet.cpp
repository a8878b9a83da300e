#include "metrics/pranet.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "metrics/enhanced_alignment.h"
#include "metrics/structure_measure.h"
#include "metrics/weighted_f.h"

namespace bcnet::metrics {
namespace {

constexpr int levels = 255;

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Pixels of one truth by the highest threshold, in levels, that they still reach.
using Histogram = std::array<std::uint64_t, levels + 1>;

void fill_curves(const Histogram& foreground, const Histogram& background, PranetScore& score) {
  const auto sum = [](const Histogram& h) {
    return std::accumulate(h.begin(), h.end(), std::uint64_t{0});
  };
  const std::uint64_t wanted = sum(foreground);
  const std::uint64_t others = sum(background);
  Counts c;
  for (std::size_t t = 0; t <= levels; ++t) {
    c.true_positive += foreground[levels - t];
    c.false_positive += background[levels - t];
    c.false_negative = wanted - c.true_positive;
    c.true_negative = others - c.false_positive;
    score.enhanced_alignment[t] = enhanced_alignment(c);
    if (c.true_positive > 0) {
      const std::uint64_t either = c.true_positive + c.false_positive + c.false_negative;
      score.dice[t] = ratio(2 * c.true_positive, c.true_positive + either);
      score.iou[t] = ratio(c.true_positive, either);
      score.sensitivity[t] = ratio(c.true_positive, wanted);
      score.specificity[t] = ratio(c.true_negative, others);
    }
  }
}

}  // namespace

double curve_mean(const Curve& curve) {
  return std::accumulate(curve.begin(), curve.end(), 0.0) / static_cast<double>(curve.size());
}

double curve_max(const Curve& curve) { return *std::max_element(curve.begin(), curve.end()); }

Curve mean_curve(const std::vector<PranetScore>& images, Curve PranetScore::*curve) {
  Curve mean{};
  if (images.empty()) {
    return mean;
  }
  for (std::size_t t = 0; t < mean.size(); ++t) {
    for (const PranetScore& image : images) {
      mean[t] += (image.*curve)[t];
    }
    mean[t] /= static_cast<double>(images.size());  // the last step: equal values stay as they are
  }
  return mean;
}

std::vector<double> spread_to_unit(std::vector<double> map) {
  const auto [low, high] = std::minmax_element(map.begin(), map.end());
  const double least = *low, range = *high - *low;
  if (range > 0) {
    for (double& value : map) {
      value = (value - least) / range;
    }
  }
  return map;
}

std::vector<double> spread_to_8_bits(const std::vector<float>& probability) {
  const auto [low, high] = std::minmax_element(probability.begin(), probability.end());
  const double least = *low;
  const double range = *high - least + 1e-8;  // as the protocol's programs have it
  std::vector<double> map;
  map.reserve(probability.size());
  for (const float value : probability) {
    map.push_back(std::round((value - least) / range * levels) / levels);
  }
  return map;
}

PranetScore pranet_score(const std::vector<double>& map, const MaskView& truth) {
  PranetScore score;
  Histogram foreground{}, background{};
  double error = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    const auto level = static_cast<std::size_t>(map[i] * levels + 1e-9);
    ++(truth.data[i] != 0 ? foreground : background)[level];
    error += std::abs(map[i] - (truth.data[i] != 0 ? 1 : 0));
  }
  fill_curves(foreground, background, score);
  score.mean_absolute_error = error / static_cast<double>(map.size());
  score.structure_measure = structure_measure(map, truth);
  score.weighted_f = weighted_f(map, truth);
  return score;
}

}  // namespace bcnet::metrics
