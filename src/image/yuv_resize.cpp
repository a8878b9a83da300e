#include "image/yuv_resize.h"

#include <algorithm>
#include <cmath>

#include "image/geometry.h"

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
class ToRgb {
 public:
  explicit ToRgb(const YuvView& view)
      : black_(view.full_range ? 0 : 16), luma_(fixed(view.full_range ? 1 : 255.0 / 219)) {
    const auto [red, blue] = luma_shares(view.matrix);
    const double green = 1 - red - blue;
    const double chroma = view.full_range ? 1 : 255.0 / 224;
    v_to_red_ = fixed(2 * (1 - red) * chroma);
    u_to_blue_ = fixed(2 * (1 - blue) * chroma);
    v_to_green_ = fixed(-2 * (1 - red) * red / green * chroma);
    u_to_green_ = fixed(-2 * (1 - blue) * blue / green * chroma);
  }

  cv::Vec3b operator()(int y, int u, int v) const {
    const int luma = luma_ * (y - black_) + half;
    u -= 128;
    v -= 128;
    return {to_byte(luma + v_to_red_ * v), to_byte(luma + v_to_green_ * v + u_to_green_ * u),
            to_byte(luma + u_to_blue_ * u)};
  }

 private:
  static constexpr int bits = 16;
  static constexpr int half = 1 << (bits - 1);

  static int fixed(double factor) { return static_cast<int>(std::lround(factor * (1 << bits))); }
  static std::uint8_t to_byte(int value) {
    return static_cast<std::uint8_t>(std::clamp(value >> bits, 0, 255));
  }

  int black_;
  int luma_;
  int v_to_red_ = 0;
  int u_to_blue_ = 0;
  int v_to_green_ = 0;
  int u_to_green_ = 0;
};

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
      pixels(row, column) = to_rgb(view.y[y * view.y_stride + x], view.u[at], view.v[at]);
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
    auto* out = rgb.ptr<cv::Vec3b>(row);
    for (int x = 0; x < width; ++x) {
      out[x] = to_rgb(y[x], u[x * view.chroma_step], v[x * view.chroma_step]);
    }
  }
}

}  // namespace bcnet
