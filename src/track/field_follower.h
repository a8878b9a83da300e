#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "bcnet/segmenter.h"

namespace bcnet::track {

/// What of a video's frames is looked at.
struct FieldOptions {
  /// All of a frame, or of roi, is field; nothing is searched.
  bool whole_frame = false;
  /// Pixels of a frame that the field lies in: what is beside them, a second picture for example,
  /// has no polyp. All of the frame unless given; cut where it reaches over the frame's edge.
  std::optional<cv::Rect> roi;
};

/// The part of a frame that shows mucosa.
struct Field {
  cv::Rect box;  ///< in the frame's pixels; FrameSteps::prepare takes it
  /// Its convex outline within the box, corners in shares of the box, 0..1: the same for a result
  /// of another size than the frame. Empty: all of the box.
  std::vector<cv::Point2f> outline;
  /// Another number whenever box or outline changed.
  int version = 0;
};

/// Keeps one field of view through a video, where image/field_of_view.h finds one in each image by
/// itself: a field that trembled would move every outline, and a dark lumen at its edge would cut
/// it. It is searched again ten times a second; another one is taken once it has been found the
/// same for a while, as after a cut or where the recorder shows the picture in another size. One
/// thread.
class FieldFollower {
 public:
  static constexpr double search_seconds = 0.1;  ///< from one search to the next
  static constexpr double settle_seconds = 0.2;  ///< that another field must last
  static constexpr double shrink_seconds = 1;    ///< one within this field: it may be a dark scene

  /// Throws Error(usage) for a roi below 1x1 pixels.
  explicit FieldFollower(const FieldOptions& options = {});

  /// The next frame, shown at `seconds`, which should not fall. Another size begins anew. Throws
  /// Error(data) for a view that is no image or that lies outside of roi.
  const Field& next(const ImageView& image, double seconds);

  /// Begins anew with the next frame: another stream.
  void reset();

 private:
  Field find(const ImageView& image) const;
  bool has_settled(const Field& found, double seconds);
  void take(const Field& found);
  void widen(const Field& found);

  FieldOptions options_;
  cv::Size frame_{-1, -1};  ///< of the last frame; -1x-1 before the first
  Field field_;
  Field candidate_;           ///< another field that was found
  int candidate_frames_ = 0;  ///< in a row that it was found in; 0: there is none
  double candidate_since_ = 0;
  double searched_ = 0;
};

}  // namespace bcnet::track
