#include "data/augment/geometry.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace bcnet::data {
namespace {

constexpr int elastic_nodes = 6;  // a side; the displacements between them are cubic

double radians(double degrees) { return degrees * CV_PI / 180; }

/// Shear and stretch, on the unit square.
cv::Matx22d draw_shape(const AugmentOptions& options, double aspect, SplitMix64 random) {
  const double shear = std::tan(radians(random.uniform(-options.shear, options.shear)));
  const double limit = std::log1p(options.stretch);
  const double side = std::exp(random.uniform(-limit, limit) / 2);
  return cv::Matx22d(1, shear / aspect, 0, 1) * cv::Matx22d(side, 0, 0, 1 / side);
}

/// From result pixels to source pixels, both counted at their centres.
cv::Matx23d pixel_matrix(const Geometry& geometry, cv::Size source, cv::Size result) {
  const cv::Matx22d to_unit(1.0 / result.width, 0, 0, 1.0 / result.height);
  const cv::Matx22d from_unit(source.width, 0, 0, source.height);
  const cv::Matx22d linear = from_unit * geometry.matrix * to_unit;
  const cv::Vec2d result_centre((result.width - 1) / 2.0, (result.height - 1) / 2.0);
  const cv::Vec2d source_centre((source.width - 1) / 2.0, (source.height - 1) / 2.0);
  const cv::Vec2d offset = source_centre + from_unit * geometry.shift - linear * result_centre;
  return {linear(0, 0), linear(0, 1), offset[0], linear(1, 0), linear(1, 1), offset[1]};
}

/// Smooth random displacements in source pixels, 32FC2: a coarse grid, brought to size by
/// cubic interpolation.
cv::Mat draw_displacement(double strength, cv::Size source, cv::Size result, SplitMix64& random) {
  cv::Mat nodes(elastic_nodes, elastic_nodes, CV_32FC2);
  for (int y = 0; y < nodes.rows; ++y) {
    for (int x = 0; x < nodes.cols; ++x) {
      nodes.at<cv::Vec2f>(y, x) = {
          static_cast<float>(random.uniform(-strength, strength) * source.width),
          static_cast<float>(random.uniform(-strength, strength) * source.height)};
    }
  }
  cv::Mat displacement;
  cv::resize(nodes, displacement, result, 0, 0, cv::INTER_CUBIC);
  return displacement;
}

/// 255 where a pixel is marked as left out; empty where none is.
cv::Mat marked(const cv::Mat& pixels) {
  cv::Mat marks;
  for (int y = 0; y < pixels.rows; ++y) {
    const auto* p = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < pixels.cols; ++x) {
      if (p[4 * x + 3] == ignored_mark) {
        if (marks.empty()) {
          marks = cv::Mat::zeros(pixels.size(), CV_8UC1);
        }
        marks.at<std::uint8_t>(y, x) = 255;
      }
    }
  }
  return marks;
}

void mark(const cv::Mat& marks, cv::Mat& pixels) {
  for (int y = 0; y < marks.rows; ++y) {
    const auto* left_out = marks.ptr<std::uint8_t>(y);
    auto* p = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < marks.cols; ++x) {
      p[4 * x + 3] = left_out[x] != 0 ? ignored_mark : p[4 * x + 3];
    }
  }
}

/// Moves pixels and mask into out by move(source, result, interpolation). What is left out stays
/// whole pixels: there is nothing between it and the mask.
template <typename Move>
void move_pair(const cv::Mat& pixels, cv::Mat& out, const Move& move) {
  move(pixels, out, cv::INTER_LINEAR);
  binarise_mask(out);
  const cv::Mat marks = marked(pixels);
  if (!marks.empty()) {
    cv::Mat moved;
    move(marks, moved, cv::INTER_NEAREST);
    mark(moved, out);
  }
}

void warp(const cv::Mat& pixels, const Geometry& geometry, const AugmentOptions& options,
          SplitMix64& random, cv::Mat& out) {
  const cv::Matx23d matrix = pixel_matrix(geometry, pixels.size(), out.size());
  if (!random.chance(options.elastic)) {
    const cv::Size size = out.size();
    move_pair(pixels, out, [&](const cv::Mat& source, cv::Mat& result, int interpolation) {
      cv::warpAffine(source, result, matrix, size, interpolation | cv::WARP_INVERSE_MAP,
                     geometry.border);
    });
    return;
  }
  cv::Mat map = draw_displacement(options.elastic_strength, pixels.size(), out.size(), random);
  const cv::Matx23f m = matrix;
  for (int y = 0; y < map.rows; ++y) {
    auto* row = map.ptr<cv::Vec2f>(y);
    for (int x = 0; x < map.cols; ++x) {
      const auto fx = static_cast<float>(x);
      const auto fy = static_cast<float>(y);
      row[x][0] += m(0, 0) * fx + m(0, 1) * fy + m(0, 2);
      row[x][1] += m(1, 0) * fx + m(1, 1) * fy + m(1, 2);
    }
  }
  move_pair(pixels, out, [&](const cv::Mat& source, cv::Mat& result, int interpolation) {
    cv::remap(source, result, map, cv::noArray(), interpolation, geometry.border);
  });
}

void flip(const cv::Mat& pixels, const Geometry& geometry, cv::Mat& out) {
  if (geometry.flip_horizontal || geometry.flip_vertical) {
    const int code = !geometry.flip_horizontal ? 0 : geometry.flip_vertical ? -1 : 1;
    cv::flip(pixels, out, code);
  } else {
    pixels.copyTo(out);
  }
}

}  // namespace

bool AugmentOptions::warps() const {
  return quarter_turns > 0 || rotation > 0 || scale_low != 1 || scale_high != 1 || shear > 0 ||
         stretch > 0 || elastic > 0 || negative > 0;
}

Geometry draw_geometry(const AugmentOptions& options, double aspect, const SampleKey& key,
                       SplitMix64& random) {
  Geometry geometry;
  geometry.flip_horizontal = random.chance(options.horizontal_flip);
  geometry.flip_vertical = random.chance(options.vertical_flip);
  const cv::Matx22d flip(geometry.flip_horizontal ? -1 : 1, 0, 0, geometry.flip_vertical ? -1 : 1);

  // On the unit square: a turned image fills the network's input whatever its shape.
  const auto quarters = random.chance(options.quarter_turns) ? random.below(4) : 0;
  static const std::array<cv::Matx22d, 4> turns{cv::Matx22d(1, 0, 0, 1), cv::Matx22d(0, -1, 1, 0),
                                                cv::Matx22d(-1, 0, 0, -1),
                                                cv::Matx22d(0, 1, -1, 0)};

  // In pixels, so that a rotation is one also where width and height differ.
  const double angle = radians(random.uniform(-options.rotation, options.rotation));
  const cv::Matx22d rotation(std::cos(angle), -std::sin(angle) / aspect, std::sin(angle) * aspect,
                             std::cos(angle));

  const double seen = 1 / random.uniform(options.scale_low, options.scale_high);
  const double room = options.crop * std::abs(1 - seen) / 2;
  geometry.shift = {random.uniform(-room, room), random.uniform(-room, room)};
  geometry.matrix = flip * turns[quarters] * rotation * seen;
  if (options.shear > 0 || options.stretch > 0) {
    geometry.matrix = geometry.matrix * draw_shape(options, aspect, stream(key, Change::shape));
  }
  if (stream(key, Change::border).chance(options.reflect)) {
    geometry.border = cv::BORDER_REFLECT_101;
  }
  return geometry;
}

void apply_geometry(const cv::Mat& pixels, const Geometry& geometry, const AugmentOptions& options,
                    SplitMix64& random, cv::Mat& out) {
  if (options.warps()) {
    warp(pixels, geometry, options, random, out);
  } else {
    flip(pixels, geometry, out);
  }
}

void apply_geometry(const cv::Mat& pixels, const Geometry& geometry, cv::Size size,
                    const cv::Rect& part, cv::Mat& out) {
  cv::Matx23d matrix = pixel_matrix(geometry, pixels.size(), size);
  matrix(0, 2) += matrix(0, 0) * part.x + matrix(0, 1) * part.y;
  matrix(1, 2) += matrix(1, 0) * part.x + matrix(1, 1) * part.y;
  move_pair(pixels, out, [&](const cv::Mat& source, cv::Mat& result, int interpolation) {
    cv::warpAffine(source, result, matrix, part.size(), interpolation | cv::WARP_INVERSE_MAP,
                   geometry.border);
  });
}

void binarise_mask(cv::Mat& pixels) {
  for (int y = 0; y < pixels.rows; ++y) {
    auto* p = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < pixels.cols; ++x) {
      p[4 * x + 3] = p[4 * x + 3] >= 128 ? 255 : 0;
    }
  }
}

}  // namespace bcnet::data
