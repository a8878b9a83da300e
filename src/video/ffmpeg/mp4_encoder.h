#pragma once

#include <memory>
#include <string>

#include "video/encoder.h"

namespace bcnet::video::ffmpeg {

/// module.h says what it does.
std::unique_ptr<Encoder> open_encoder(const EncoderOptions& options);

/// "H.264 (libx264)": what it writes.
std::string encoder_name();

}  // namespace bcnet::video::ffmpeg
