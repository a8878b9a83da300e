#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bcnet/segmenter.h"
#include "infer/frame_steps.h"
#include "video/frame.h"
#include "video/frame_finder.h"
#include "video/source.h"

namespace bcnet::video {

/// A frame and what was found in it.
struct FoundFrame {
  VideoFrame frame;
  Segmentation found;
  std::vector<track::Finding> findings;  ///< one for each of found.regions, in their order
  double latency_ms = 0;  ///< from when the frame was decoded until its mask was there
};

/// Takes frames in their order, on a thread of its own.
class Sink {
 public:
  virtual ~Sink() = default;
  /// The frame may be drawn into: the sinks behind this one see that.
  virtual void take(FoundFrame& frame) = 0;
  /// There are no more; not called where the run fails.
  virtual void finish() = 0;
};

struct PipelineOptions {
  /// A file as fast as it is meant to be seen, and always the newest frame: those that come while
  /// another is looked at are dropped. Live sources are taken so in any case.
  bool realtime = false;
  FinderOptions finder;
  std::function<bool()> cancelled = [] { return false; };  ///< the end comes early then
};

struct PipelineResult {
  std::int64_t frames = 0;   ///< looked at
  std::int64_t dropped = 0;  ///< decoded and not looked at
  double wall_s = 0;
  bool cancelled = false;
  double frames_per_second() const {
    return wall_s > 0 ? static_cast<double>(frames) / wall_s : 0.0;
  }
};

/// Reads, looks at and hands on every frame of a video: decoding, what comes before the network,
/// the network (one of its threads is the caller's), what comes behind it and the sinks have a
/// thread each, the network as many as the steps' engine gains from (ModelInfo::parallel). A few
/// frames are under way at a time, in memory that is used again, and come out in their order.
/// Throws what a thread throws, once all have ended.
PipelineResult run_pipeline(Source& source, const infer::FrameSteps& steps,
                            const std::vector<Sink*>& sinks, const PipelineOptions& options);

}  // namespace bcnet::video
