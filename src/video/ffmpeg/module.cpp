#include "video/module.h"

extern "C" {
#include <libavutil/log.h>
}
#include <fmt/format.h>

#include "core/version.h"
#include "video/ffmpeg/handles.h"
#include "video/ffmpeg/mp4_encoder.h"
#include "video/ffmpeg/source.h"
#include "video/ffmpeg/window.h"

namespace {

std::string description() {
  return fmt::format("FFmpeg {}, writes {}", av_version_info(),
                     bcnet::video::ffmpeg::encoder_name());
}

}  // namespace

/// The one symbol of the shared library that video/module.cpp loads.
extern "C" __attribute__((visibility("default"))) const bcnet::video::Module* bcnet_video_module() {
  using namespace bcnet::video;
  // Messages are the program's own: one line that names the file.
  av_log_set_level(AV_LOG_QUIET);
  static const Module module{
      bcnet::version(),    ffmpeg::open_source, ffmpeg::open_encoder,
      ffmpeg::open_window, ffmpeg::is_video,    description,
  };
  return &module;
}
