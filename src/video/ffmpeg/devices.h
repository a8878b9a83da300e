#pragma once

namespace bcnet::video::ffmpeg {

/// Makes cameras and windows known to FFmpeg. They need libavdevice, whose libraries take four
/// times as long to load as all others: only who uses them pays for it. Throws Error(io) where it
/// cannot be loaded.
void load_devices();

}  // namespace bcnet::video::ffmpeg
