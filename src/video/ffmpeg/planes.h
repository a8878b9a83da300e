#pragma once

#include "image/yuv.h"
#include "video/ffmpeg/handles.h"

namespace bcnet::video::ffmpeg {

/// Brings decoded frames of any format and size into 4:2:0 of 8 bits.
class ToYuv {
 public:
  /// size: of the result. Throws Error(data) for a format that cannot be converted.
  void convert(const AVFrame& frame, const cv::Size& size, YuvImage& image);

 private:
  Scaler scaler_;
};

/// How a frame must be turned to be upright.
struct Turn {
  bool transpose = false;
  bool mirror = false;
  bool flip = false;
};

/// Of a display matrix (libavutil/display.h), to the nearest quarter turn.
Turn turn_of(const std::int32_t* matrix);

}  // namespace bcnet::video::ffmpeg
