#pragma once

#include <vector>

#include "bcnet/segmenter.h"
#include "infer/frame_steps.h"
#include "track/field_follower.h"
#include "track/steady.h"
#include "video/frame.h"

namespace bcnet::video {

/// How the frames of a video are looked at.
struct FinderOptions {
  track::SteadyOptions steady;
  /// roi in pixels of the frames; whole frames also where the steps are of whole frames
  track::FieldOptions field;
};

/// A frame on its way through the network.
struct FrameWork {
  infer::Frame frame;
  track::Field field;
};

/// Finds the polyps of a video's frames in three steps, each of which sees all frames in their
/// order and may have a thread of its own. Nothing but the results takes memory after the first
/// frames.
class FrameFinder {
 public:
  /// steps outlive it. Throws Error(usage) for an option out of range.
  FrameFinder(const infer::FrameSteps& steps, const FinderOptions& options);

  /// The frame's field of view, as the network takes it.
  void prepare(const VideoFrame& frame, FrameWork& work);
  void infer(FrameWork& work) const { steps_.infer(work.frame); }
  /// findings: who is who, one for each of found.regions in their order.
  void finish(const VideoFrame& frame, FrameWork& work, Segmentation& found,
              std::vector<track::Finding>& findings);

 private:
  const infer::FrameSteps& steps_;
  track::FieldFollower follower_;  // of prepare
  track::Steady steady_;           // of finish
};

}  // namespace bcnet::video
