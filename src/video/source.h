#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "image/decode_options.h"
#include "video/frame.h"

namespace bcnet::video {

/// Where a source that was lost goes on once it is opened again.
struct Continuation {
  cv::Size size;                                ///< of every frame
  std::int64_t frames = 0;                      ///< that were there before
  std::chrono::steady_clock::time_point begun;  ///< when the first of them came
};

struct SourceOptions {
  std::string name;       ///< a file, a camera's device or an address: inputs.h
  double timeout_s = 10;  ///< without a new frame; then it has ended
  int threads = 1;        ///< of the decoder
  DecodeOptions limits;
  std::function<bool()> cancelled = [] { return false; };  ///< whether to stop waiting
  std::optional<Continuation> goes_on;                     ///< none: it begins
};

/// What a video says of itself.
struct SourceInfo {
  std::string name;
  std::string codec;                   ///< "h264"
  cv::Size size;                       ///< of its first frame, upright; every frame comes in it
  double frames_per_second = 0;        ///< on average, or else 25
  std::optional<std::int64_t> frames;  ///< about how many
  cv::Size sample_aspect{1, 1};        ///< a pixel's width to its height, as shown
  bool interlaced = false;             ///< a frame holds two fields, taken one after the other
  bool live = false;                   ///< frames come when they come, and are lost if not taken
};

/// Where frames come from. One thread at a time.
class Source {
 public:
  virtual ~Source() = default;

  virtual const SourceInfo& info() const = 0;

  /// The next frame, into memory that is used again; false where there is none any more. What
  /// cannot be decoded is left out.
  virtual bool read(VideoFrame& frame) = 0;

  /// After the end: why it came early, or what was left out, in one line that names the video;
  /// empty where all is well.
  virtual std::string problem() const = 0;
};

}  // namespace bcnet::video
