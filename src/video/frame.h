#pragma once

#include <cstdint>

#include "image/yuv.h"

namespace bcnet::video {

/// One picture of a video, upright.
struct VideoFrame {
  YuvImage picture;
  std::int64_t number = 0;  ///< from 0, those that nobody looked at counted
  double seconds = 0;       ///< since the first frame
};

}  // namespace bcnet::video
