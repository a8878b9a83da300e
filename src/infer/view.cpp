#include "infer/view.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <string>

namespace bcnet::infer {

namespace {

Error view_error(const std::string& message, ErrorReason reason = ErrorReason::other) {
  return {ErrorKind::data, message, reason, message};
}

std::size_t half(int pixels) { return (static_cast<std::size_t>(pixels) + 1) / 2; }

/// Bytes of a row of the first plane.
std::size_t row_bytes(const ImageView& image) {
  const int channels = is_yuv(image.format) ? 1 : layout_of(image.format).channels;
  return static_cast<std::size_t>(image.width) * static_cast<std::size_t>(channels);
}

/// Bytes of a row of a plane of chroma.
std::size_t chroma_bytes(const ImageView& image) {
  return (image.format == PixelFormat::nv12 ? 2 : 1) * half(image.width);
}

std::size_t stride_of(const ImageView& image) {
  return image.stride == 0 ? row_bytes(image) : image.stride;
}

std::size_t chroma_stride_of(const ImageView& image) {
  if (image.chroma_stride != 0) {
    return image.chroma_stride;
  }
  if (image.stride == 0) {
    return chroma_bytes(image);
  }
  return image.format == PixelFormat::nv12 ? image.stride : (image.stride + 1) / 2;
}

}  // namespace

bool is_yuv(PixelFormat format) {
  return format == PixelFormat::nv12 || format == PixelFormat::i420;
}

PixelLayout layout_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::rgb8:
      return {3, -1};
    case PixelFormat::bgr8:
      return {3, cv::COLOR_BGR2RGB};
    case PixelFormat::rgba8:
      return {4, cv::COLOR_RGBA2RGB};
    case PixelFormat::bgra8:
      return {4, cv::COLOR_BGRA2RGB};
    case PixelFormat::gray8:
      return {1, cv::COLOR_GRAY2RGB};
    default:
      throw view_error(fmt::format("image: format: found {}, a PixelFormat is expected",
                                   static_cast<int>(format)));
  }
}

void check_view(const ImageView& image) {
  if (image.data == nullptr || image.width < 1 || image.height < 1) {
    throw view_error(fmt::format("image: found {}x{} pixels{}, at least 1x1 is expected",
                                 image.width, image.height,
                                 image.data == nullptr ? " at a null address" : ""));
  }
  constexpr std::int64_t most = INT32_MAX;
  if (std::int64_t{image.width} * image.height > most) {
    throw view_error(fmt::format("image: found {}x{} pixels, at most {} are allowed", image.width,
                                 image.height, most),
                     ErrorReason::too_large);
  }
  const auto check_stride = [&](const char* name, std::size_t stride, std::size_t row) {
    if (stride < row) {
      throw view_error(fmt::format("image: {}: found {} bytes, a row of {} pixels holds {}", name,
                                   stride, image.width, row));
    }
    // What a negative number becomes, or a slip: no frame has rows so far apart.
    if (stride > row && stride > static_cast<std::size_t>(most)) {
      throw view_error(fmt::format("image: {}: found {} bytes, at most {} are allowed between rows",
                                   name, stride, most),
                       ErrorReason::too_large);
    }
  };
  check_stride("stride", stride_of(image), row_bytes(image));
  if (is_yuv(image.format)) {
    check_stride("chroma_stride", chroma_stride_of(image), chroma_bytes(image));
    if (image.matrix < YuvMatrix::bt709 || image.matrix > YuvMatrix::bt2020) {
      throw view_error(fmt::format("image: matrix: found {}, a YuvMatrix is expected",
                                   static_cast<int>(image.matrix)));
    }
  }
}

cv::Mat wrap(const ImageView& image, const PixelLayout& layout) {
  return {image.height, image.width, CV_8UC(layout.channels), const_cast<std::uint8_t*>(image.data),
          stride_of(image)};
}

YuvView yuv_view(const ImageView& image) {
  YuvView view;
  view.y = image.data;
  view.y_stride = stride_of(image);
  view.chroma_stride = chroma_stride_of(image);
  view.u = image.chroma != nullptr
               ? image.chroma
               : image.data + view.y_stride * static_cast<std::size_t>(image.height);
  if (image.format == PixelFormat::nv12) {
    view.chroma_step = 2;
    view.v = view.u + 1;
  } else {
    view.v = image.chroma_v != nullptr ? image.chroma_v
                                       : view.u + view.chroma_stride * half(image.height);
  }
  view.width = image.width;
  view.height = image.height;
  view.matrix = image.matrix;
  view.full_range = image.full_range;
  return view;
}

ImageView part_of(const ImageView& image, const cv::Rect& part) {
  ImageView result = image;
  if (is_yuv(image.format)) {
    const YuvView view = bcnet::part_of(yuv_view(image), part);
    result.data = view.y;
    result.chroma = view.u;
    result.chroma_v = view.v;
    result.stride = view.y_stride;
    result.chroma_stride = view.chroma_stride;
    result.width = view.width;
    result.height = view.height;
    return result;
  }
  const auto pixel = static_cast<std::size_t>(layout_of(image.format).channels);
  result.stride = stride_of(image);
  result.data +=
      result.stride * static_cast<std::size_t>(part.y) + pixel * static_cast<std::size_t>(part.x);
  result.width = part.width;
  result.height = part.height;
  return result;
}

}  // namespace bcnet::infer
