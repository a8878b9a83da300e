#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bcnet {

/// What a picture is decoded as.
enum class DecodeAs {
  stored,  ///< channels and depth as in the file
  grey,
  colour,          ///< 8UC3 BGR
  colour_half,     ///< and of about half the size, where the format makes that cheap
  colour_quarter,  ///< a quarter
  colour_eighth,   ///< an eighth
};

/// OpenCV's imgcodecs. It lies in a shared library of its own, which is loaded with the first
/// picture that needs it: with its 110 libraries that takes 0.1 s.
struct OpencvCodecs {
  const char* version;  ///< of the build, the same as the program's

  /// As cv::imdecode, whatever an EXIF orientation says: empty for what cannot be decoded. Throws
  /// cv::Exception.
  cv::Mat (*decode)(std::string_view bytes, DecodeAs as);
  /// As cv::imencode in the format of an extension (".png"): nothing where it cannot. quality: a
  /// JPEG's, 0 to 100. Throws cv::Exception.
  std::optional<std::vector<unsigned char>> (*encode)(const char* extension, const cv::Mat& image,
                                                      std::optional<int> quality);
};

/// Loads it. Throws Error(io) where it is not installed, cannot be loaded or is of another version.
const OpencvCodecs& opencv_codecs();

}  // namespace bcnet
