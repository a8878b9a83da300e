#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "bcnet/segmenter.h"
#include "track/motion.h"

namespace bcnet::track {

/// What is known of a region beyond its frame.
struct Finding {
  std::int64_t number = 0;       ///< from 1, in the order in which they were first shown
  std::int64_t first_frame = 0;  ///< that it was seen in, before it had lasted
  double first_seconds = 0;
  std::int64_t last_frame = 0;  ///< that it was seen in: before the frame itself in a gap
  double last_seconds = 0;
};

/// How long regions must last, and may be gone; in seconds, at least 0 (SteadyOptions).
struct DurationOptions {
  double min_duration = 0;
  double max_gap = 0;
};

/// Gives the regions of a video's frames an identity: one that overlaps with a region of the frames
/// before, moved with the picture, is the same. Where two grow together the one that fits best goes
/// on, shown ones first; where one falls apart its largest part goes on and the others are new, but
/// have lasted as long as it. At a cut all end, and where the time falls. One thread.
class RegionTracker {
 public:
  /// Throws Error(usage) for an option out of range.
  explicit RegionTracker(const DurationOptions& options);

  /// Takes regions that have not lasted out of mask and regions, puts those that are shown and
  /// missing for a moment back in, and says who is who: findings, one for each of result.regions.
  ///
  /// field: of the picture, which motion is of; outline: Field::outline, beyond which nothing is
  /// put back in. number and seconds of the frame, rising.
  void next(const Motion& motion, const cv::Rect& field, const std::vector<cv::Point2f>& outline,
            std::int64_t number, double seconds, Segmentation& result,
            std::vector<Finding>& findings);

 private:
  struct Track {
    Finding finding;                   ///< number 0 until it is shown
    double seen_seconds = 0;           ///< that it was seen, gaps not counted
    bool missing = false;              ///< in the last frame
    std::vector<cv::Point2f> outline;  ///< in shares of the field
    double area_percent = 0;
    double confidence = 0;
  };

  DurationOptions options_;
  std::vector<Track> tracks_;
  std::int64_t shown_ = 0;
  double seconds_ = 0;
};

}  // namespace bcnet::track
