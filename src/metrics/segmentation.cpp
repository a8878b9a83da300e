#include "metrics/segmentation.h"

namespace bcnet::metrics {
namespace {

constexpr double epsilon = 1e-6;

double smoothed_ratio(std::uint64_t part, std::uint64_t whole) {
  return (static_cast<double>(part) + epsilon) / (static_cast<double>(whole) + epsilon);
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  true_positive += other.true_positive;
  false_positive += other.false_positive;
  false_negative += other.false_negative;
  true_negative += other.true_negative;
  return *this;
}

Counts count_pixels(const std::uint8_t* prediction, const std::uint8_t* truth, std::size_t size) {
  std::uint64_t both = 0;
  std::uint64_t predicted = 0;
  std::uint64_t wanted = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned p = prediction[i] != 0;
    const unsigned t = truth[i] != 0;
    both += p & t;
    predicted += p;
    wanted += t;
  }
  return {both, predicted - both, wanted - both, size - predicted - wanted + both};
}

Counts count_pixels(const std::uint8_t* prediction, const std::uint8_t* truth,
                    const std::uint8_t* ignored, std::size_t size) {
  if (ignored == nullptr) {
    return count_pixels(prediction, truth, size);
  }
  Counts counts;
  for (std::size_t i = 0; i < size; ++i) {
    if (ignored[i] == 0) {
      counts += count_pixels(prediction + i, truth + i, 1);
    }
  }
  return counts;
}

double dice(const Counts& c) {
  return smoothed_ratio(2 * c.true_positive,
                        2 * c.true_positive + c.false_positive + c.false_negative);
}

double iou(const Counts& c) {
  return smoothed_ratio(c.true_positive, c.true_positive + c.false_positive + c.false_negative);
}

double precision(const Counts& c) {
  return smoothed_ratio(c.true_positive, c.true_positive + c.false_positive);
}

double recall(const Counts& c) {
  return smoothed_ratio(c.true_positive, c.true_positive + c.false_negative);
}

double specificity(const Counts& c) {
  return smoothed_ratio(c.true_negative, c.true_negative + c.false_positive);
}

double f2(const Counts& c) {
  return smoothed_ratio(5 * c.true_positive,
                        5 * c.true_positive + 4 * c.false_negative + c.false_positive);
}

double accuracy(const Counts& c) {
  const std::uint64_t right = c.true_positive + c.true_negative;
  return smoothed_ratio(right, right + c.false_positive + c.false_negative);
}

Summary summarize(const std::vector<Counts>& images) {
  Summary summary;
  summary.images = images.size();
  if (images.empty()) {
    return summary;
  }
  Counts all;
  for (const Counts& counts : images) {
    all += counts;
    summary.mean_dice += dice(counts);
    summary.mean_iou += iou(counts);
  }
  const auto n = static_cast<double>(images.size());
  summary.mean_dice /= n;
  summary.mean_iou /= n;
  summary.global_dice = dice(all);
  summary.global_iou = iou(all);
  return summary;
}

}  // namespace bcnet::metrics
