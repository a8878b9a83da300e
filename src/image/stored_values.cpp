#include "image/stored_values.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "image/decoded.h"
#include "image/mask_file.h"

namespace bcnet {

namespace {

/// The brightest of one pixel's colour channels; a fourth one is alpha.
template <typename T>
cv::Mat brightest_channel(const cv::Mat& image) {
  if (image.channels() == 1) {
    return image;
  }
  const int channels = image.channels();
  const int colours = channels == 2 ? 1 : 3;
  cv::Mat result(image.size(), cv::DataType<T>::type);
  for (int y = 0; y < image.rows; ++y) {
    const T* in = image.ptr<T>(y);
    T* out = result.ptr<T>(y);
    for (int x = 0; x < image.cols; ++x, in += channels) {
      out[x] = *std::max_element(in, in + colours);
    }
  }
  return result;
}

/// What OpenCV decodes: the brightest colour and, where there is one, alpha.
MaskValues values_of(const cv::Mat& pixels) {
  MaskValues values;
  const auto take = [&](const cv::Mat& image, auto sample) {
    using T = decltype(sample);
    values.grey = brightest_channel<T>(image);
    if (image.channels() == 2 || image.channels() == 4) {
      cv::extractChannel(image, values.alpha, image.channels() - 1);
    }
  };
  if (pixels.depth() == CV_8U) {
    take(pixels, std::uint8_t{});
  } else if (pixels.depth() == CV_16U) {
    take(pixels, std::uint16_t{});
  } else {
    cv::Mat wide;
    pixels.convertTo(wide, CV_64F);
    take(wide, double{});
  }
  return values;
}

}  // namespace

MaskValues stored_values(const ImageBytes& source, const DecodeOptions& options,
                         const ImageHeader& header) {
  DecodeOptions as_stored = options;
  as_stored.apply_exif = false;
  const auto by_opencv = [&](const ImageBytes& bytes) {
    return values_of(decode(bytes, as_stored, DecodeAs::stored).pixels);
  };
  if (header.format == ImageFormat::png) {
    return read_png_values(source.bytes, source.name);
  }
  if (header.format == ImageFormat::tiff) {
    const auto values = read_tiff_values(source.bytes, source.name);
    return values ? *values : by_opencv(source);
  }
  if (header.format == ImageFormat::bmp) {
    if (auto palette = read_bmp_palette(source.bytes)) {
      MaskValues values = by_opencv({palette->bytes, source.name});
      values.full = palette->full;
      values.indexed = palette->indexed;
      values.shown = std::move(palette->shown);
      return values;
    }
  }
  return by_opencv(source);
}

}  // namespace bcnet
