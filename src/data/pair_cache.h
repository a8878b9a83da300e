#pragma once

#include <cstdint>
#include <mutex>
#include <opencv2/core.hpp>
#include <vector>

#include "data/augment.h"
#include "data/sample.h"
#include "image/codec.h"

namespace bcnet::data {

/// Decoded pairs joined to 8UC4 (see join_mask), kept while they fit into a budget.
/// Thread-safe.
class PairCache {
 public:
  /// Pairs come out as augment() wants them for width x height: of just that size, or where
  /// the augmentation warps, shrunk to it times the largest zoom and never enlarged: a zoom
  /// then finds what detail there is. cut_to_field: without what lies around the field of view
  /// (data/pair.h). samples must outlive the cache.
  PairCache(const std::vector<Sample>& samples, int width, int height,
            const AugmentOptions& augment, std::uint64_t budget_bytes, const DecodeOptions& decode,
            bool cut_to_field);

  /// The pair of samples[index]; not to be written to. Throws Error(data) for a bad file.
  cv::Mat get(std::size_t index);

  std::uint64_t bytes() const;

 private:
  cv::Mat read(const Sample& sample) const;

  const std::vector<Sample>& samples_;
  cv::Size size_;
  bool fixed_;
  std::uint64_t budget_;
  DecodeOptions decode_;
  bool cut_to_field_;
  mutable std::mutex mutex_;
  std::vector<cv::Mat> kept_;
  std::uint64_t bytes_ = 0;
};

}  // namespace bcnet::data
