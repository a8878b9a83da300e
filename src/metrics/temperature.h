#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "metrics/calibration.h"

namespace bcnet::metrics {

/// Fits the one number T of temperature scaling (Guo et al., ICML 2017, arXiv 1706.04599,
/// section 4.2): probability = sigmoid(logit / T) with the least negative log-likelihood over
/// pixels. Every image weighs the same, whatever its size. Logits are kept as a histogram of
/// cells 1/64 wide, each with its mean, so that any number of images takes 260 KB; logits
/// beyond ±64 count as ±64. Not thread-safe.
class TemperatureFit {
 public:
  static constexpr double lowest = 0.05;
  static constexpr double highest = 20;

  TemperatureFit();

  /// truth: foreground is not 0; both of size pixels. Logits are finite.
  void add_image(const float* logits, const std::uint8_t* truth, std::size_t size);

  /// The T in lowest..highest with the least loss, which is convex in 1/T: found by bisection
  /// of its slope. Throws Error(data) where the least loss lies beyond: all pixels right (T
  /// would be 0), or logits that say nothing about the truth.
  double fit() const;

  /// Mean negative log-likelihood of a pixel at T, in nats.
  double loss(double temperature) const;

  /// What the probabilities at T are worth, from the cells' means.
  Reliability reliability(double temperature) const;

 private:
  struct Cell {
    double weight[2] = {0, 0};  ///< of background, of polyp
    double logits[2] = {0, 0};  ///< their weighted sums
  };

  double slope(double inverse) const;

  std::vector<Cell> cells_;
  double weight_ = 0;
};

}  // namespace bcnet::metrics
