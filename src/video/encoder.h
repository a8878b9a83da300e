#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>

#include "image/yuv.h"

namespace bcnet::video {

struct EncoderOptions {
  std::filesystem::path file;
  cv::Size size;  ///< of every picture
  double frames_per_second = 25;
  cv::Size sample_aspect{1, 1};
  int threads = 1;
  /// FFmpeg's name of an encoder; "": H.264 by libx264 or, where there is none, MPEG-4.
  std::string codec = {};
};

/// Writes an MP4 file in fragments of a second: what was written can be played at any time, also
/// after the process was killed. Pictures of an odd width or height get a column or row more. One
/// thread at a time; every call throws Error(io), as where the disk is full.
class Encoder {
 public:
  /// Without finish(), what was written stays.
  virtual ~Encoder() = default;

  /// seconds: since the first picture, rising.
  virtual void write(const YuvImage& picture, double seconds) = 0;
  /// The end of the file.
  virtual void finish() = 0;
};

}  // namespace bcnet::video
