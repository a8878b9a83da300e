#include "image/yuv.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "image/area_resize.h"

namespace bcnet {

namespace {

/// Share of red and blue in brightness.
struct Weights {
  double red;
  double blue;
};

Weights weights_of(YuvMatrix matrix) {
  switch (matrix) {
    case YuvMatrix::bt601:
      return {0.299, 0.114};
    case YuvMatrix::bt2020:
      return {0.2627, 0.0593};
    case YuvMatrix::bt709:
      break;
  }
  return {0.2126, 0.0722};
}

/// Steps of 8 bits between black and white, and of colour between its ends.
struct Range {
  double black, brightness, colour;
};

Range range_of(bool full) { return full ? Range{0, 255, 255} : Range{16, 219, 224}; }

/// (y, u, v, 1) → RGB, all in steps of 8 bits (ITU-R BT.601, 709, 2020).
cv::Matx34f to_rgb(const YuvImage& image) {
  const auto [red, blue] = weights_of(image.matrix);
  const auto [black, brightness, colour] = range_of(image.full_range);
  const double green = 1 - red - blue;
  const double y = 255 / brightness;
  const double rv = 2 * (1 - red) * 255 / colour;
  const double bu = 2 * (1 - blue) * 255 / colour;
  const double gu = -bu * blue / green;
  const double gv = -rv * red / green;
  const auto row = [&](double u, double v) {
    return cv::Vec4f(static_cast<float>(y), static_cast<float>(u), static_cast<float>(v),
                     static_cast<float>(-y * black - 128 * (u + v)));
  };
  const cv::Vec4f r = row(0, rv), g = row(gu, gv), b = row(bu, 0);
  return {r[0], r[1], r[2], r[3], g[0], g[1], g[2], g[3], b[0], b[1], b[2], b[3]};
}

cv::Vec3d to_yuv(const cv::Scalar& rgb, const YuvImage& image) {
  const auto [red, blue] = weights_of(image.matrix);
  const auto [black, brightness, colour] = range_of(image.full_range);
  const double y = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2];
  return {black + y * brightness / 255, 128 + (rgb[2] - y) / (2 * (1 - blue)) * colour / 255,
          128 + (rgb[0] - y) / (2 * (1 - red)) * colour / 255};
}

cv::Size half(const cv::Size& size) { return {(size.width + 1) / 2, (size.height + 1) / 2}; }

}  // namespace

void YuvImage::create(const cv::Size& size) {
  y.create(size, CV_8UC1);
  u.create(half(size), CV_8UC1);
  v.create(half(size), CV_8UC1);
}

cv::Size YuvToRgb::size_of(const cv::Size& picture, int width, int height) {
  int factor = 1;
  while (picture.width / (2 * factor) >= width && picture.height / (2 * factor) >= height) {
    factor *= 2;
  }
  return {picture.width / factor, picture.height / factor};
}

const cv::Mat& YuvToRgb::convert(const YuvImage& image, int width, int height) {
  const cv::Size size = size_of(image.size(), width, height);
  const cv::Mat planes[] = {image.y, image.u, image.v};
  cv::Mat equal[3];
  for (int i = 0; i < 3; ++i) {
    if (planes[i].size() == size) {
      equal[i] = planes[i];
    } else if (planes[i].cols == 2 * size.width && planes[i].rows == 2 * size.height) {
      // OpenCV's is the faster one by exactly a half, area_resize by anything else.
      cv::resize(planes[i], resized_[i], size, 0, 0, cv::INTER_AREA);
      equal[i] = resized_[i];
    } else if (planes[i].cols >= size.width && planes[i].rows >= size.height) {
      area_resize(planes[i], size.width, size.height, resized_[i]);
      equal[i] = resized_[i];
    } else {
      cv::resize(planes[i], resized_[i], size, 0, 0, cv::INTER_LINEAR);
      equal[i] = resized_[i];
    }
  }
  cv::merge(equal, 3, merged_);
  cv::transform(merged_, rgb_, to_rgb(image));
  return rgb_;
}

void draw_overlay(YuvImage& image, const cv::Mat& mask, const OverlayStyle& style) {
  std::vector<std::vector<cv::Point>> outlines;
  cv::findContours(mask, outlines, cv::RETR_CCOMP, cv::CHAIN_APPROX_SIMPLE);
  if (outlines.empty()) {
    return;
  }
  cv::Rect box;
  for (const auto& outline : outlines) {
    box |= cv::boundingRect(outline);
  }
  // Colour has half the pixels: the box begins at an even one.
  box = cv::Rect({box.x & ~1, box.y & ~1}, box.br());
  const cv::Rect half_box(box.x / 2, box.y / 2, (box.width + 1) / 2, (box.height + 1) / 2);
  cv::Mat half_mask;
  cv::resize(mask(box), half_mask, half_box.size(), 0, 0, cv::INTER_NEAREST);
  const cv::Vec3d colour = to_yuv(style.color, image);
  const auto tint = [&](cv::Mat part, const cv::Mat& where, double value) {
    cv::Mat tinted;
    part.convertTo(tinted, CV_8U, 1 - style.tint, style.tint * value);
    tinted.copyTo(part, where);
  };
  tint(image.y(box), mask(box), colour[0]);
  tint(image.u(half_box), half_mask, colour[1]);
  tint(image.v(half_box), half_mask, colour[2]);

  const int automatic = std::max(1, std::min(image.y.cols, image.y.rows) / 176);
  const int thickness = style.outline > 0 ? style.outline : automatic;
  cv::drawContours(image.y, outlines, -1, cv::Scalar(colour[0]), thickness, cv::LINE_AA);
  constexpr int halves = 1;  // coordinates are in halves of a pixel of colour
  const int half_thickness = std::max(1, (thickness + 1) / 2);
  cv::polylines(image.u, outlines, true, cv::Scalar(colour[1]), half_thickness, cv::LINE_AA,
                halves);
  cv::polylines(image.v, outlines, true, cv::Scalar(colour[2]), half_thickness, cv::LINE_AA,
                halves);
}

void orient(YuvImage& image, bool transpose, bool mirror, bool flip, YuvImage& scratch) {
  cv::Mat* planes[][2] = {{&image.y, &scratch.y}, {&image.u, &scratch.u}, {&image.v, &scratch.v}};
  for (auto& [plane, other] : planes) {
    if (transpose) {
      cv::transpose(*plane, *other);
      std::swap(*plane, *other);
    }
    if (mirror || flip) {
      cv::flip(*plane, *plane, mirror && flip ? -1 : mirror ? 1 : 0);
    }
  }
}

}  // namespace bcnet
