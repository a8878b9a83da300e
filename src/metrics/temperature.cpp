#include "metrics/temperature.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace bcnet::metrics {

namespace {

constexpr double largest_logit = 64;
constexpr double cells_per_logit = 64;
constexpr auto cell_count = static_cast<std::size_t>(2 * largest_logit * cells_per_logit);

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// log(1 + exp(x)) without overflow.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

}  // namespace

TemperatureFit::TemperatureFit() : cells_(cell_count) {}

void TemperatureFit::add_image(const float* logits, const std::uint8_t* truth, std::size_t size) {
  if (size == 0) {
    return;
  }
  const double weight = 1 / static_cast<double>(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double logit = std::clamp<double>(logits[i], -largest_logit, largest_logit);
    const auto place = static_cast<std::size_t>((logit + largest_logit) * cells_per_logit);
    Cell& cell = cells_[std::min(place, cell_count - 1)];
    const std::size_t label = truth[i] != 0 ? 1 : 0;
    cell.weight[label] += weight;
    cell.logits[label] += weight * logit;
  }
  weight_ += 1;
}

double TemperatureFit::slope(double inverse) const {
  // d/dβ of softplus(βz) - y·βz is z·(sigmoid(βz) - y).
  double sum = 0;
  for (const Cell& cell : cells_) {
    for (const int label : {0, 1}) {
      if (cell.weight[label] > 0) {
        const double z = cell.logits[label] / cell.weight[label];
        sum += cell.logits[label] * (sigmoid(inverse * z) - label);
      }
    }
  }
  return sum;
}

double TemperatureFit::fit() const {
  double low = 1 / highest;
  double high = 1 / lowest;
  if (weight_ == 0 || slope(low) >= 0) {
    throw Error(
        ErrorKind::data,
        fmt::format("temperature: found no use in the logits, {} is the highest allowed", highest));
  }
  if (slope(high) <= 0) {
    throw Error(ErrorKind::data,
                fmt::format("temperature: found (nearly) no wrong pixel, {} is the lowest allowed; "
                            "give more images, that the model was not trained on",
                            lowest));
  }
  constexpr int halvings = 60;
  for (int i = 0; i < halvings; ++i) {
    const double middle = (low + high) / 2;
    (slope(middle) < 0 ? low : high) = middle;
  }
  return 2 / (low + high);
}

double TemperatureFit::loss(double temperature) const {
  double sum = 0;
  for (const Cell& cell : cells_) {
    for (const int label : {0, 1}) {
      if (cell.weight[label] > 0) {
        const double z = cell.logits[label] / cell.weight[label] / temperature;
        sum += cell.weight[label] * (softplus(z) - label * z);
      }
    }
  }
  return weight_ > 0 ? sum / weight_ : 0;
}

Reliability TemperatureFit::reliability(double temperature) const {
  Reliability result;
  for (const Cell& cell : cells_) {
    for (const int label : {0, 1}) {
      if (cell.weight[label] > 0) {
        const double z = cell.logits[label] / cell.weight[label];
        result.add(sigmoid(z / temperature), label == 1, cell.weight[label]);
      }
    }
  }
  return result;
}

}  // namespace bcnet::metrics
