#pragma once

#include <string>
#include <vector>

namespace bcnet::video {

enum class InputKind {
  other,   ///< an image, a folder, whatever is no video
  file,    ///< a video file
  camera,  ///< /dev/video0
  stream,  ///< rtsp://…, http://…
};

/// What a word of the command line stands for. Names decide where they can: only a file whose name
/// is neither an image's nor a video's is looked into, by FFmpeg where it is no image.
InputKind input_kind(const std::string& word);

/// The names of their outputs: of a file that without extension, of a camera its device, of an
/// address its last part. Those that would be the same keep their extension. Throws Error(usage)
/// where they would still be.
std::vector<std::string> input_stems(const std::vector<std::string>& videos);

}  // namespace bcnet::video
