#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "image/decode_options.h"

namespace bcnet {

/// Error(data) "FILE: what", of which strangers read "the file what".
inline Error image_error(const std::string& file, const std::string& what,
                         ErrorReason reason = ErrorReason::other) {
  return {ErrorKind::data, file + ": " + what, reason, "the file " + what};
}

/// Throws Error(data) for a file of 0 bytes, of more than the options allow, or of no size that can
/// be told: for readers of libraries that open files by themselves.
void require_file_size(const std::filesystem::path& path, const DecodeOptions& options);

enum class ImageFormat { jpeg, png, bmp, tiff, webp };

/// What an image file says of itself before a pixel is decoded.
struct ImageHeader {
  ImageFormat format{};
  std::uint64_t width = 0;   ///< pixels as stored, before the orientation is applied
  std::uint64_t height = 0;  ///< pixels as stored
  int orientation = 1;       ///< EXIF or TIFF orientation, 1..8; 1 is upright
  bool lossless = true;
  bool has_end = true;      ///< false of a JPEG that lacks nothing but its end marker
  bool plain_cmyk = false;  ///< a JPEG of four colours whose samples are ink, not ink turned round
  int pages = 1;            ///< of a TIFF, without thumbnails; frames of an animated PNG
  /// Where a TIFF's own orientation value stands in the file.
  std::optional<std::size_t> orientation_offset;
  /// Where a TIFF says that its colours are not multiplied with its alpha; none where it does not.
  std::optional<std::size_t> plain_alpha_offset;
};

/// Reads the header of a JPEG, PNG, BMP, TIFF or WebP file held in memory, and checks that
/// the file is whole: a JPEG up to its end-of-image marker or, without one, the last of its
/// scan data, a PNG up to IEND, a WebP up to its RIFF length. file is for the message.
/// Throws Error(data) for any other content, a file cut short or a size of zero.
ImageHeader read_image_header(std::string_view bytes, const std::string& file);

}  // namespace bcnet
