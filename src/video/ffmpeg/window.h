#pragma once

#include <memory>

#include "video/window.h"

namespace bcnet::video::ffmpeg {

/// module.h says what it does.
std::unique_ptr<Window> open_window(const SourceInfo& source);

}  // namespace bcnet::video::ffmpeg
