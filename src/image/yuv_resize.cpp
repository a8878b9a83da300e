#include "image/yuv_resize.h"

#include <algorithm>
#include <cmath>

#include "image/geometry.h"
#include "image/vector_clones.h"

namespace bcnet {

std::pair<double, double> luma_shares(YuvMatrix matrix) {
  switch (matrix) {
    case YuvMatrix::bt601:
      return {0.299, 0.114};
    case YuvMatrix::bt2020:
      return {0.2627, 0.0593};
    default:
      return {0.2126, 0.0722};
  }
}

namespace {

/// RGB of luma and chroma in whole numbers of 2^-16.
struct ToRgb {
  explicit ToRgb(const YuvView& view)
      : black(view.full_range ? 0 : 16), luma(fixed(view.full_range ? 1 : 255.0 / 219)) {
    const auto [red, blue] = luma_shares(view.matrix);
    const double green = 1 - red - blue;
    const double chroma = view.full_range ? 1 : 255.0 / 224;
    v_to_red = fixed(2 * (1 - red) * chroma);
    u_to_blue = fixed(2 * (1 - blue) * chroma);
    v_to_green = fixed(-2 * (1 - red) * red / green * chroma);
    u_to_green = fixed(-2 * (1 - blue) * blue / green * chroma);
  }

  static constexpr int bits = 16;
  static int fixed(double factor) { return static_cast<int>(std::lround(factor * (1 << bits))); }
  static std::uint8_t to_byte(int value) {
    return static_cast<std::uint8_t>(std::clamp(value >> bits, 0, 255));
  }

  int black;
  int luma;
  int v_to_red = 0;
  int u_to_blue = 0;
  int v_to_green = 0;
  int u_to_green = 0;
};

/// Pixels side by side; step: from one value of chroma to the next. Part of whoever calls it,
/// whatever that is compiled for.
template <int step>
__attribute__((always_inline)) inline void convert(ToRgb to, const std::uint8_t* __restrict y,
                                                   const std::uint8_t* __restrict u,
                                                   const std::uint8_t* __restrict v, int pixels,
                                                   std::uint8_t* __restrict rgb) {
  constexpr int half = 1 << (ToRgb::bits - 1);
  for (int x = 0; x < pixels; ++x) {
    const int luma = to.luma * (y[x] - to.black) + half;
    const int blue = u[step * x] - 128;
    const int red = v[step * x] - 128;
    rgb[3 * x] = ToRgb::to_byte(luma + to.v_to_red * red);
    rgb[3 * x + 1] = ToRgb::to_byte(luma + to.v_to_green * red + to.u_to_green * blue);
    rgb[3 * x + 2] = ToRgb::to_byte(luma + to.u_to_blue * blue);
  }
}

BCNET_VECTOR_CLONES
void convert_planes(ToRgb to, const std::uint8_t* y, const std::uint8_t* u, const std::uint8_t* v,
                    int pixels, std::uint8_t* rgb) {
  convert<1>(to, y, u, v, pixels, rgb);
}

BCNET_VECTOR_CLONES
void convert_in_turn(ToRgb to, const std::uint8_t* y, const std::uint8_t* u, const std::uint8_t* v,
                     int pixels, std::uint8_t* rgb) {
  convert<2>(to, y, u, v, pixels, rgb);
}

cv::Mat plane(const std::uint8_t* data, const cv::Size& size, int channels, std::size_t stride) {
  return {size.height, size.width, CV_8UC(channels), const_cast<std::uint8_t*>(data), stride};
}

}  // namespace

cv::Mat evenly_spaced_rgb(const YuvView& view, const cv::Size& size) {
  cv::Mat3b pixels(size);
  const ToRgb to_rgb(view);
  for (int row = 0; row < size.height; ++row) {
    const auto y = static_cast<std::size_t>((row + 0.5) * view.height / size.height);
    for (int column = 0; column < size.width; ++column) {
      const auto x = static_cast<std::size_t>((column + 0.5) * view.width / size.width);
      const std::size_t at =
          y / 2 * view.chroma_stride + x / 2 * static_cast<std::size_t>(view.chroma_step);
      convert<1>(to_rgb, view.y + y * view.y_stride + x, view.u + at, view.v + at, 1,
                 pixels(row, column).val);
    }
  }
  return pixels;
}

YuvView part_of(const YuvView& view, const cv::Rect& part) {
  YuvView result = view;
  const auto x = static_cast<std::size_t>(part.x / 2);
  const auto y = static_cast<std::size_t>(part.y / 2);
  const std::size_t chroma =
      y * view.chroma_stride + x * static_cast<std::size_t>(view.chroma_step);
  result.y += 2 * y * view.y_stride + 2 * x;
  result.u += chroma;
  result.v += chroma;
  result.width = part.br().x - static_cast<int>(2 * x);
  result.height = part.br().y - static_cast<int>(2 * y);
  return result;
}

void resize_yuv(const YuvView& view, int width, int height, YuvBuffers& buffers, cv::Mat& rgb) {
  const cv::Size half((view.width + 1) / 2, (view.height + 1) / 2);
  resize_image(plane(view.y, {view.width, view.height}, 1, view.y_stride), width, height,
               buffers.luma);
  const bool in_turn = view.chroma_step == 2;
  // V first where it lies first (NV21): the lower address is where the plane begins.
  const std::uint8_t* first = in_turn ? std::min(view.u, view.v) : view.u;
  resize_image(plane(first, half, in_turn ? 2 : 1, view.chroma_stride), width, height,
               buffers.chroma);
  if (!in_turn) {
    resize_image(plane(view.v, half, 1, view.chroma_stride), width, height, buffers.v);
  }
  rgb.create(height, width, CV_8UC3);
  const ToRgb to_rgb(view);
  const int u_at = in_turn && view.v < view.u ? 1 : 0;
  for (int row = 0; row < height; ++row) {
    const auto* y = buffers.luma.ptr<std::uint8_t>(row);
    const auto* chroma = buffers.chroma.ptr<std::uint8_t>(row);
    const auto* u = in_turn ? chroma + u_at : chroma;
    const auto* v = in_turn ? chroma + 1 - u_at : buffers.v.ptr<std::uint8_t>(row);
    (in_turn ? convert_in_turn : convert_planes)(to_rgb, y, u, v, width,
                                                 rgb.ptr<std::uint8_t>(row));
  }
}

}  // namespace bcnet
