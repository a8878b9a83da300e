#pragma once

#include <opencv2/core.hpp>

#include "track/motion.h"

namespace bcnet::track {

/// A running average of a video's logits that moves with the picture. Where the frame before fits
/// badly, or did not show the place, the new logits count alone; at a cut it begins anew. Logits
/// that do not change stay what they are. No memory is taken after the first frame. One thread.
class LogitSmoother {
 public:
  /// seconds in which a past frame's weight falls to 1/e; 0: logits stay as they are. Throws
  /// Error(usage) below 0 and for what is not finite.
  explicit LogitSmoother(double seconds);

  /// logits: 32FC1 of one size for all frames, replaced by the average. motion: from the frame
  /// before; elapsed: seconds since then, at least 0.
  void smooth(const Motion& motion, double elapsed, cv::Mat& logits);

 private:
  double seconds_;
  cv::Mat average_;
  cv::Mat moved_;
  cv::Mat block_weight_;
  cv::Mat weight_;
  int frames_ = 0;  ///< that the average is of, since the last cut
};

}  // namespace bcnet::track
