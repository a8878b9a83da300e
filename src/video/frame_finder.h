#pragma once

#include <vector>

#include "bcnet/segmenter.h"
#include "image/yuv.h"
#include "infer/frame_steps.h"
#include "track/field_follower.h"
#include "track/steady.h"
#include "video/frame.h"

namespace bcnet::video {

/// How the frames of a video are looked at.
struct FinderOptions {
  track::SteadyOptions steady;
  track::FieldOptions field;  ///< roi in pixels of the frames
};

/// Finds the polyps of a video's frames, one after another: here each meets those before it. One
/// thread at a time; nothing but the results takes memory after the first frame.
class FrameFinder {
 public:
  /// steps outlive it; size: of the frames. Throws Error(usage) for an option out of range.
  FrameFinder(const infer::FrameSteps& steps, const cv::Size& size, const FinderOptions& options);

  /// findings: who is who, one for each of found.regions in their order.
  void find(const VideoFrame& frame, Segmentation& found, std::vector<track::Finding>& findings);

 private:
  const infer::FrameSteps& steps_;
  YuvToRgb to_rgb_;
  track::FieldFollower follower_;
  track::Steady steady_;
  infer::Frame work_;
};

}  // namespace bcnet::video
