#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bcnet::video {

enum class InputKind {
  other,   ///< an image, a folder, whatever is no video
  file,    ///< a video file
  camera,  ///< /dev/video0
  stream,  ///< rtsp://…, http://…
};

/// What a word of the command line stands for. Names decide where they can: a file is looked into
/// whose name is neither an image's nor a video's, by FFmpeg where it is no image, and a video's
/// first bytes: a picture that is named like one is a picture.
InputKind input_kind(const std::string& word);

/// Whether a file is named like a video.
bool has_video_extension(const std::filesystem::path& file);

/// A name without the user and password of an address, for messages and results.
std::string shown_name(const std::string& name);

/// The names of their outputs: of a file that without extension, of a camera its device, of an
/// address its last part. Those that would be the same keep their extension. Throws Error(usage)
/// where they would still be.
std::vector<std::string> input_stems(const std::vector<std::string>& videos);

}  // namespace bcnet::video
