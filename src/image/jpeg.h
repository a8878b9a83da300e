#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <string_view>

namespace bcnet {

// What OpenCV does not tell of a JPEG, or does to it, or takes its time for.

/// The marker that ends a JPEG.
inline constexpr const char* jpeg_end = "\xFF\xD9";

/// What is said of one that lacks it and nothing else.
inline constexpr const char* jpeg_without_end =
    "JPEG image lacks its end marker; its scan data are whole, and it is read";

/// Whether a JPEG without its end marker lacks nothing else: every block of every scan is there.
/// False for damaged files and for those of more than 100 megapixels.
bool jpeg_scans_are_whole(std::string_view bytes);

/// The same pixels as cv::imdecode's, 8UC3 BGR as stored, in a third of the time: OpenCV 4.6
/// exchanges red and blue byte by byte. Every side divided by denominator (1, 2, 4, 8) and rounded
/// up. Empty for a picture that libjpeg finds anything wrong with, is of four colours, or where
/// libjpeg is not libjpeg-turbo: OpenCV may know what to do.
cv::Mat decode_whole_jpeg(std::string_view bytes, unsigned denominator);

/// Decodes a JPEG of four colours that are ink as it is: 0 is none of it. 8UC3 BGR, as stored.
/// Throws Error(data) for a damaged file.
cv::Mat decode_plain_cmyk(std::string_view bytes, const std::string& file);

}  // namespace bcnet
