#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "bcnet/segmenter.h"
#include "infer/frame_steps.h"
#include "track/field_follower.h"
#include "track/logit_smoother.h"
#include "track/motion.h"
#include "track/region_tracker.h"

namespace bcnet::track {

/// How a video's frames lean on those before them. docs/decisions/0017-steady-video.md says how the
/// defaults were chosen.
struct SteadyOptions {
  /// Seconds in which a past frame's weight in the logits' running average falls to 1/e. 0: every
  /// frame by itself. At least 0.
  double smoothing = 0.1;
  /// Seconds that a finding must have been seen before it is shown. 0: at once. At least 0.
  double min_duration = 0.1;
  /// Seconds that a finding may be gone and keep its number; one that was shown stays, moved with
  /// the picture. 0: none. At least 0.
  double max_gap = 0.15;
};

/// The steps of infer/frame_steps.h for the frames of one video, in their order:
///
///     const track::Field& field = follower.next(image, seconds);              // one thread
///     steps.prepare(image, field.box, width, height, frame);
///     steps.infer(frame);                                                     // any thread
///     steady.finish(frame, field, number, seconds, result, findings);         // one thread
///
/// What it needs of memory it keeps. One thread at a time.
class Steady {
 public:
  /// steps outlive it. Throws Error(usage) for an option out of range.
  Steady(const infer::FrameSteps& steps, const SteadyOptions& options);

  /// logits → mask, regions and, where the steps' options ask for it, probabilities, all of the
  /// smoothed logits; frame.logits are the smoothed ones afterwards. Only findings that have lasted
  /// are in mask and regions; probabilities are all there. findings: one for each of
  /// result.regions, in the same order.
  ///
  /// field: the one that the frame was prepared with; nothing outside of its outline is found.
  /// number: the frame's, rising; seconds: its time. Frames may be missing in between. Where the
  /// time falls all findings end.
  void finish(infer::Frame& frame, const Field& field, std::int64_t number, double seconds,
              Segmentation& result, std::vector<Finding>& findings);

  /// Begins anew with the next frame, as at a cut: another stream. Numbers of findings go on.
  void reset();

 private:
  void hide_outside(const Field& field, cv::Mat& logits);

  const infer::FrameSteps& steps_;
  MotionFinder finder_;
  LogitSmoother smoother_;
  RegionTracker tracker_;
  double seconds_ = 0;
  cv::Mat outside_;         ///< 8UC1 of the network's size: 255 beyond the field's outline
  bool fills_box_ = true;   ///< nothing is outside
  int field_version_ = -1;  ///< that outside_ is of
};

}  // namespace bcnet::track
