#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bcnet::metrics {

/// One bar of a reliability diagram: the pixels whose confidence lies in low..high.
struct ReliabilityBin {
  double low = 0;
  double high = 0;
  double share = 0;       ///< of all weight, 0..1
  double confidence = 0;  ///< mean; 0 where the bin is empty
  double accuracy = 0;    ///< share of it that is right; 0 where the bin is empty
};

/// How far probabilities can be believed, over pixels (Guo, Pleiss, Sun, Weinberger: "On
/// calibration of modern neural networks", ICML 2017, arXiv 1706.04599).
///
/// A pixel's class is polyp where its probability p of polyp is at least 0.5, whatever the
/// mask's threshold is; its confidence is max(p, 1 - p). With two classes that is at least
/// 0.5: the bins, of equal width, divide 0.5..1. Every image weighs the same, whatever its
/// size. Not thread-safe.
class Reliability {
 public:
  static constexpr int bin_count = 15;

  /// probability: of polyp, 0..1; truth: foreground is not 0; both of size pixels.
  void add_image(const float* probability, const std::uint8_t* truth, std::size_t size);
  /// Pixels of equal probability and truth that weigh this much together.
  void add(double probability, bool truth, double weight);
  /// All that other has.
  void add(const Reliability& other);

  /// All that it holds as numbers, and back. Throws std::out_of_range for fewer.
  std::vector<double> numbers() const;
  static Reliability of_numbers(const std::vector<double>& numbers);

  std::vector<ReliabilityBin> bins() const;
  /// Expected calibration error: Σ share · |accuracy - confidence| over the bins.
  double expected_error() const;
  /// Mean squared difference of probability and truth (Brier 1950); 0 is best, 0.25 is what
  /// probability 0.5 everywhere gives.
  double brier() const;

 private:
  struct Sums {
    double weight = 0;
    double confidence = 0;
    double right = 0;
  };
  Sums sums_[bin_count];
  double weight_ = 0;
  double squared_ = 0;
};

}  // namespace bcnet::metrics
