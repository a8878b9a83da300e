#pragma once

#include <filesystem>
#include <memory>

#include "video/source.h"

namespace bcnet::video::ffmpeg {

/// module.h says what they do.
std::unique_ptr<Source> open_source(const SourceOptions& options);
bool is_video(const std::filesystem::path& file);

}  // namespace bcnet::video::ffmpeg
