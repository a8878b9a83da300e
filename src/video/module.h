#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "video/encoder.h"
#include "video/source.h"
#include "video/window.h"

namespace bcnet::video {

/// What stands on FFmpeg's libraries. It lies in a shared library of its own, which is loaded at
/// the first use: with those 130 libraries that takes 0.15 s.
struct Module {
  const char* version;  ///< of the build, the same as the program's

  /// Decodes up to the first frame. Throws Error(data) for what is no video, is damaged, or holds
  /// no frame that can be decoded, Error(io) where a camera or an address cannot be opened.
  std::unique_ptr<Source> (*open_source)(const SourceOptions& options);
  /// Makes the file. Throws Error(io).
  std::unique_ptr<Encoder> (*open_encoder)(const EncoderOptions& options);
  /// A window for a source's frames. Throws Error(io) where there is no screen.
  std::unique_ptr<Window> (*open_window)(const SourceInfo& source);
  /// Whether a file's content is video.
  bool (*is_video)(const std::filesystem::path& file);
  /// "FFmpeg 5.1.9, writes H.264 (libx264)"
  std::string (*description)();
};

/// Whether it is installed; nothing is loaded.
bool has_module();

/// Loads it. Throws Error(usage) where it is not installed, Error(io) where it cannot be loaded or
/// is of another version.
const Module& module();

}  // namespace bcnet::video
