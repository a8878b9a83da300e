#include "video/module.h"

#include <fmt/format.h>

#include "core/version.h"
#include "video/ffmpeg/handles.h"
#include "video/ffmpeg/mp4_encoder.h"
#include "video/ffmpeg/source.h"

namespace {

std::string description() {
  return fmt::format("FFmpeg {}, writes {}", av_version_info(),
                     bcnet::video::ffmpeg::encoder_name());
}

}  // namespace

/// The one symbol of the shared library that video/module.cpp loads.
extern "C" __attribute__((visibility("default"))) const bcnet::video::Module* bcnet_video_module() {
  using namespace bcnet::video;
  static const Module module{
      bcnet::version(), ffmpeg::open_source, ffmpeg::open_encoder, ffmpeg::is_video, description,
  };
  return &module;
}
