#include "metrics/calibration.h"

#include <algorithm>
#include <cmath>

namespace bcnet::metrics {

namespace {

constexpr double lowest_confidence = 0.5;
constexpr double bin_width = (1 - lowest_confidence) / Reliability::bin_count;

}  // namespace

void Reliability::add_image(const float* probability, const std::uint8_t* truth, std::size_t size) {
  const double weight = 1 / static_cast<double>(std::max<std::size_t>(size, 1));
  for (std::size_t i = 0; i < size; ++i) {
    add(probability[i], truth[i] != 0, weight);
  }
}

void Reliability::add(double probability, bool truth, double weight) {
  const bool polyp = probability >= 0.5;
  const double confidence = polyp ? probability : 1 - probability;
  const auto bin = static_cast<int>((confidence - lowest_confidence) / bin_width);
  Sums& sums = sums_[std::min(bin, bin_count - 1)];
  sums.weight += weight;
  sums.confidence += weight * confidence;
  sums.right += polyp == truth ? weight : 0;
  const double error = probability - (truth ? 1 : 0);
  weight_ += weight;
  squared_ += weight * error * error;
}

void Reliability::add(const Reliability& other) {
  for (int i = 0; i < bin_count; ++i) {
    sums_[i].weight += other.sums_[i].weight;
    sums_[i].confidence += other.sums_[i].confidence;
    sums_[i].right += other.sums_[i].right;
  }
  weight_ += other.weight_;
  squared_ += other.squared_;
}

std::vector<double> Reliability::numbers() const {
  std::vector<double> all{weight_, squared_};
  for (const Sums& sums : sums_) {
    all.insert(all.end(), {sums.weight, sums.confidence, sums.right});
  }
  return all;
}

Reliability Reliability::of_numbers(const std::vector<double>& numbers) {
  Reliability one;
  auto next = [&, at = std::size_t{0}]() mutable { return numbers.at(at++); };
  one.weight_ = next();
  one.squared_ = next();
  for (Sums& sums : one.sums_) {
    sums.weight = next();
    sums.confidence = next();
    sums.right = next();
  }
  return one;
}

std::vector<ReliabilityBin> Reliability::bins() const {
  std::vector<ReliabilityBin> bins;
  for (int i = 0; i < bin_count; ++i) {
    const Sums& sums = sums_[i];
    ReliabilityBin bin;
    bin.low = lowest_confidence + i * bin_width;
    bin.high = lowest_confidence + (i + 1) * bin_width;
    if (sums.weight > 0) {
      bin.share = sums.weight / weight_;
      bin.confidence = sums.confidence / sums.weight;
      bin.accuracy = sums.right / sums.weight;
    }
    bins.push_back(bin);
  }
  return bins;
}

double Reliability::expected_error() const {
  double error = 0;
  for (const ReliabilityBin& bin : bins()) {
    error += bin.share * std::abs(bin.accuracy - bin.confidence);
  }
  return error;
}

double Reliability::brier() const { return weight_ > 0 ? squared_ / weight_ : 0; }

}  // namespace bcnet::metrics
