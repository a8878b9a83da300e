#pragma once

#include <filesystem>
#include <functional>
#include <opencv2/core.hpp>
#include <string>

#include "image/codec.h"
#include "image/header.h"
#include "image/image_file.h"
#include "image/opencv_codecs.h"

namespace bcnet {

// What decoding a picture, a mask and a prediction have in common.

/// A picture as OpenCV decodes it.
struct Decoded {
  ImageHeader header;
  cv::Mat pixels;  ///< in OpenCV's channel order, upright
};

/// Whether an EXIF orientation exchanges width and height.
inline bool lies_on_its_side(int orientation) { return orientation >= 5; }

/// A picture turned as an EXIF orientation says (the standard's table of tag 0x0112).
cv::Mat make_upright(const cv::Mat& image, int orientation);

/// The header of a file that is within the limits. Errors as decode_image.
ImageHeader checked_header(const ImageBytes& source, const DecodeOptions& options);

/// choose says for a header what its picture is decoded as. Errors as decode_image.
Decoded decode(const ImageBytes& source, const DecodeOptions& options,
               const std::function<DecodeAs(const ImageHeader&)>& choose);

/// As the same whatever the header says.
Decoded decode(const ImageBytes& source, const DecodeOptions& options, DecodeAs as);

/// Calls use with a file's bytes.
template <typename Use>
auto with_bytes_of(const std::filesystem::path& path, const DecodeOptions& options,
                   const Use& use) {
  const std::string bytes = read_image_file(path, options);
  return use(ImageBytes{bytes, path.string()});
}

}  // namespace bcnet
