#include "image/decoded.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/say_once.h"
#include "image/jpeg.h"

namespace bcnet {

namespace {

/// Of two bytes, in the file's own order.
void set_tiff_value_to_one(std::string& bytes, std::size_t at) {
  const bool little = bytes[0] == 'I';
  bytes.at(at) = little ? '\1' : '\0';
  bytes.at(at + 1) = little ? '\0' : '\1';
}

void check_size(std::string_view bytes, const std::string& file, const DecodeOptions& options) {
  constexpr std::uint64_t opencv = INT_MAX;  // columns of the matrix that it takes them in
  const std::uint64_t most = std::min(options.max_bytes, opencv);
  if (bytes.size() > most) {
    throw image_error(
        file,
        "holds " + std::to_string(bytes.size()) + " bytes, allowed are " + std::to_string(most),
        ErrorReason::too_large);
  }
}

Decoded upright(Decoded decoded, const DecodeOptions& options) {
  if (options.apply_exif) {
    decoded.pixels = make_upright(decoded.pixels, decoded.header.orientation);
  }
  return decoded;
}

/// Of a JPEG that is asked for in colours, what its sides are divided by; 0 for any other.
unsigned jpeg_denominator(const ImageHeader& header, DecodeAs as) {
  if (header.format != ImageFormat::jpeg) {
    return 0;
  }
  switch (as) {
    case DecodeAs::colour:
      return 1;
    case DecodeAs::colour_half:
      return 2;
    case DecodeAs::colour_quarter:
      return 4;
    case DecodeAs::colour_eighth:
      return 8;
    case DecodeAs::stored:
    case DecodeAs::grey:
      break;
  }
  return 0;
}

/// The limits were held against the header's size, and places in the picture are counted by it.
void require_size(const cv::Mat& pixels, const ImageHeader& header, unsigned divisor,
                  const std::string& file) {
  const auto part = [&](std::uint64_t side) { return (side + divisor - 1) / divisor; };
  if (static_cast<std::uint64_t>(pixels.cols) != part(header.width) ||
      static_cast<std::uint64_t>(pixels.rows) != part(header.height)) {
    throw image_error(file, fmt::format("says {}x{} pixels and holds others, its header is damaged",
                                        header.width, header.height));
  }
}

}  // namespace

cv::Mat make_upright(const cv::Mat& image, int orientation) {
  cv::Mat upright;
  switch (orientation) {
    case 2:
      cv::flip(image, upright, 1);
      return upright;
    case 3:
      cv::rotate(image, upright, cv::ROTATE_180);
      return upright;
    case 4:
      cv::flip(image, upright, 0);
      return upright;
    case 5:
      cv::transpose(image, upright);
      return upright;
    case 6:
      cv::rotate(image, upright, cv::ROTATE_90_CLOCKWISE);
      return upright;
    case 7:
      cv::transpose(image, upright);
      cv::rotate(upright, upright, cv::ROTATE_180);
      return upright;
    case 8:
      cv::rotate(image, upright, cv::ROTATE_90_COUNTERCLOCKWISE);
      return upright;
    default:
      return image;
  }
}

ImageHeader checked_header(const ImageBytes& source, const DecodeOptions& options) {
  const std::string& file = source.name;
  check_size(source.bytes, file, options);
  const ImageHeader header = read_image_header(source.bytes, file);
  if (header.width > options.max_pixels / header.height) {
    throw image_error(file,
                      "is " + std::to_string(header.width) + "x" + std::to_string(header.height) +
                          " pixels, allowed are " + std::to_string(options.max_pixels) + " in all",
                      ErrorReason::too_large);
  }
  if (!header.has_end) {
    warn_once(fmt::format("{}: {}", file, jpeg_without_end));  // a run decodes it again and again
  }
  return header;
}

Decoded decode(const ImageBytes& source, const DecodeOptions& options,
               const std::function<DecodeAs(const ImageHeader&)>& choose) {
  const std::string& file = source.name;
  Decoded decoded;
  decoded.header = checked_header(source, options);
  const ImageHeader& header = decoded.header;
  // OpenCV would turn a TIFF by itself whatever the flags, and multiply its colours with its alpha:
  // a copy is told to be upright and multiplied, so that one rule holds for every format.
  std::string changed;
  for (const auto& offset : {header.orientation != 1 ? header.orientation_offset : std::nullopt,
                             header.plain_alpha_offset}) {
    if (offset) {
      changed = changed.empty() ? std::string(source.bytes) : changed;
      set_tiff_value_to_one(changed, *offset);
    }
  }
  if (!header.has_end) {
    changed = std::string(source.bytes) + jpeg_end;
  }
  const std::string_view bytes = changed.empty() ? source.bytes : changed;
  if (header.plain_cmyk) {
    decoded.pixels = decode_plain_cmyk(bytes, file);
    return upright(std::move(decoded), options);
  }
  const DecodeAs as = choose(header);
  if (const unsigned denominator = jpeg_denominator(header, as); denominator > 0) {
    decoded.pixels = decode_whole_jpeg(bytes, denominator);
    if (!decoded.pixels.empty()) {
      return upright(std::move(decoded), options);
    }
  }
  try {
    decoded.pixels = opencv_codecs().decode(bytes, as);
  } catch (const cv::Exception& error) {
    throw Error(ErrorKind::data, file + ": cannot be decoded: " + error.err, ErrorReason::other,
                "the file cannot be decoded");
  }
  if (decoded.pixels.empty()) {
    throw image_error(file, "cannot be decoded, its content is damaged");
  }
  require_size(decoded.pixels, header, std::max(jpeg_denominator(header, as), 1U), file);
  return upright(std::move(decoded), options);
}

Decoded decode(const ImageBytes& source, const DecodeOptions& options, DecodeAs as) {
  return decode(source, options, [as](const ImageHeader& /*header*/) { return as; });
}

}  // namespace bcnet
