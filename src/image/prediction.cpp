#include "image/prediction.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/error.h"
#include "image/codec.h"
#include "image/decoded.h"
#include "image/format_module.h"
#include "image/mask_file.h"
#include "image/npy.h"
#include "image/stored_values.h"

namespace bcnet {

namespace fs = std::filesystem;

namespace {

/// What a prediction stores where OpenCV would give something else: of a palette the indices, of
/// white-is-zero the numbers turned round. None for the others.
std::optional<MaskValues> stored_prediction(const ImageBytes& source, const DecodeOptions& options,
                                            const ImageHeader& header) {
  constexpr std::size_t png_colour_type = 25;
  constexpr char png_palette = 3;
  std::optional<MaskValues> values;
  if (header.format == ImageFormat::tiff) {
    values = read_tiff_values(source.bytes, source.name);
    const bool plain = values && (values->full == 255 || values->full == 65535);
    return plain && values->grey.depth() != CV_64F ? values : std::nullopt;
  }
  if ((header.format == ImageFormat::png && source.bytes[png_colour_type] == png_palette) ||
      header.format == ImageFormat::bmp) {
    values = stored_values(source, options, header);
  }
  return values && values->indexed ? values : std::nullopt;
}

/// The lower and the higher of exactly two values; none for one value or more than two.
template <typename T>
std::optional<std::pair<double, double>> two_values(const cv::Mat& grey) {
  double low = 0;
  double high = 0;
  cv::minMaxLoc(grey, &low, &high);
  for (int y = 0; y < grey.rows; ++y) {
    const T* row = grey.ptr<T>(y);
    for (int x = 0; x < grey.cols; ++x) {
      if (row[x] != low && row[x] != high) {
        return std::nullopt;
      }
    }
  }
  return low == high ? std::nullopt : std::optional(std::pair(low, high));
}

/// The one channel of an image whose colours are equal everywhere.
cv::Mat grey_channel(const cv::Mat& image, const std::string& file) {
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  for (std::size_t c = 1; c < channels.size() && c < 3 && channels.size() > 2; ++c) {
    const cv::Mat differing = channels[c] != channels[0];
    std::vector<cv::Point> where;
    cv::findNonZero(differing, where);
    if (!where.empty()) {
      throw Error(ErrorKind::data, file + ": found colours that differ at pixel " +
                                       std::to_string(where[0].x) + ", " +
                                       std::to_string(where[0].y) + ", grey is allowed");
    }
  }
  return channels[0];
}

template <typename T>
cv::Mat unit_from_integers(const cv::Mat& grey, bool two_are_a_mask) {
  double low = 0;
  double high = std::numeric_limits<T>::max();
  if (const auto values = two_are_a_mask ? two_values<T>(grey) : std::nullopt) {
    std::tie(low, high) = *values;
  }
  cv::Mat unit;
  grey.convertTo(unit, CV_64F);
  for (auto value = unit.begin<double>(); value != unit.end<double>(); ++value) {
    *value = (*value - low) / (high - low);  // OpenCV would multiply by a rounded 1 / 255
  }
  return unit;
}

cv::Mat unit_from_floats(const cv::Mat& grey, const std::string& file) {
  cv::Mat unit;
  grey.convertTo(unit, CV_64F);
  for (int y = 0; y < unit.rows; ++y) {
    const double* row = unit.ptr<double>(y);
    for (int x = 0; x < unit.cols; ++x) {
      if (!(row[x] >= 0 && row[x] <= 1)) {  // not a number neither
        throw Error(ErrorKind::data, file + ": found the value " + std::to_string(row[x]) +
                                         " at pixel " + std::to_string(x) + ", " +
                                         std::to_string(y) +
                                         ", allowed are 0 to 1 in a file of "
                                         "floats");
      }
    }
  }
  return unit;
}

}  // namespace

PredictionPixels decode_prediction_pixels(const fs::path& path, const DecodeOptions& options) {
  if (has_array_extension(path)) {
    return {read_array(path, options), true};
  }
  if (module_format(path)) {
    const MaskValues values = decode_mask_values(path, options);
    return {values.grey, values.lossless};
  }
  const std::string file = path.string();
  PredictionPixels pixels = with_bytes_of(path, options, [&](const ImageBytes& source) {
    const ImageHeader header = checked_header(source, options);
    if (const auto stored = stored_prediction(source, options, header)) {
      const cv::Mat& grey = stored->grey;
      return PredictionPixels{options.apply_exif ? make_upright(grey, header.orientation) : grey,
                              header.lossless};
    }
    const Decoded decoded = decode(source, options, DecodeAs::stored);
    return PredictionPixels{grey_channel(decoded.pixels, file), decoded.header.lossless};
  });
  const int depth = pixels.grey.depth();
  if (depth != CV_8U && depth != CV_16U && depth != CV_32F && depth != CV_64F) {
    throw Error(ErrorKind::data,
                file + ": found samples that are neither 8 or 16-bit integers nor floats");
  }
  return pixels;
}

cv::Mat unit_prediction(const PredictionPixels& pixels, PredictionValues values,
                        const std::string& file, int mask_from) {
  const cv::Mat& grey = pixels.grey;
  if (grey.depth() != CV_8U && grey.depth() != CV_16U) {
    return unit_from_floats(grey, file);
  }
  if (values == PredictionValues::mask) {
    cv::Mat unit;
    cv::Mat(grey >= mask_from).convertTo(unit, CV_64F, 1.0 / 255);
    return unit;
  }
  const bool two_are_a_mask = values == PredictionValues::automatic && pixels.lossless;
  return grey.depth() == CV_8U ? unit_from_integers<std::uint8_t>(grey, two_are_a_mask)
                               : unit_from_integers<std::uint16_t>(grey, two_are_a_mask);
}

cv::Mat decode_prediction(const fs::path& path, const DecodeOptions& options) {
  return unit_prediction(decode_prediction_pixels(path, options), PredictionValues::automatic,
                         path.string());
}

}  // namespace bcnet
