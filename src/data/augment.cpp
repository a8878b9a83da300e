#include "data/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/error.h"
#include "core/random.h"

namespace bcnet::data {
namespace {

constexpr double pi = 3.14159265358979323846;
constexpr int elastic_nodes = 6;  // a side; the displacements between them are cubic

AugmentOptions make_weak() {
  AugmentOptions options;
  options.horizontal_flip = 0.5;
  options.vertical_flip = 0.5;
  return options;
}

AugmentOptions make_basic() {
  AugmentOptions options = make_weak();
  options.rotation = 15;
  options.brightness = 0.1;
  options.contrast = 0.2;
  return options;
}

AugmentOptions make_lite() {
  AugmentOptions options = make_basic();
  options.quarter_turns = 1;
  options.scale_low = 0.75;
  options.scale_high = 1.5;
  options.crop = 1;
  options.brightness = 0.2;
  options.saturation = 0.2;
  return options;
}

AugmentOptions make_strong() {
  AugmentOptions options = make_basic();
  options.quarter_turns = 1;
  options.scale_low = 0.75;
  options.scale_high = 1.5;
  options.crop = 1;
  options.saturation = 0.2;
  options.blur = 0.2;
  options.elastic = 0.3;
  return options;
}

const std::vector<std::pair<std::string, AugmentOptions>>& policies() {
  static const std::vector<std::pair<std::string, AugmentOptions>> known{{"none", {}},
                                                                         {"weak", make_weak()},
                                                                         {"basic", make_basic()},
                                                                         {"strong", make_strong()},
                                                                         {"lite", make_lite()}};
  return known;
}

/// Where in the source each pixel of the result comes from, in coordinates that go from
/// -0.5 to 0.5 over the image in both directions.
struct Geometry {
  cv::Matx22d matrix = cv::Matx22d::eye();
  cv::Vec2d shift{0, 0};
  bool flip_horizontal = false;
  bool flip_vertical = false;
};

Geometry draw_geometry(const AugmentOptions& options, double aspect, SplitMix64& random) {
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
  const double angle = random.uniform(-options.rotation, options.rotation) * pi / 180;
  const cv::Matx22d rotation(std::cos(angle), -std::sin(angle) / aspect, std::sin(angle) * aspect,
                             std::cos(angle));

  const double seen = 1 / random.uniform(options.scale_low, options.scale_high);
  const double room = options.crop * std::abs(1 - seen) / 2;
  geometry.shift = {random.uniform(-room, room), random.uniform(-room, room)};
  geometry.matrix = flip * turns[quarters] * rotation * seen;
  return geometry;
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

void warp(const cv::Mat& pixels, const Geometry& geometry, const AugmentOptions& options,
          SplitMix64& random, cv::Mat& out) {
  const cv::Matx23d matrix = pixel_matrix(geometry, pixels.size(), out.size());
  if (!random.chance(options.elastic)) {
    cv::warpAffine(pixels, out, matrix, out.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_CONSTANT);
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
  cv::remap(pixels, out, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT);
}

void flip(const cv::Mat& pixels, const Geometry& geometry, cv::Mat& out) {
  if (geometry.flip_horizontal || geometry.flip_vertical) {
    const int code = !geometry.flip_horizontal ? 0 : geometry.flip_vertical ? -1 : 1;
    cv::flip(pixels, out, code);
  } else {
    pixels.copyTo(out);
  }
}

// Luma of ITU-R BT.601, the grey of every image tool.
constexpr std::array<float, 3> luma{0.299F, 0.587F, 0.114F};

void change_color(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels) {
  const auto factor = [&](double range) {
    return static_cast<float>(random.uniform(1 - range, 1 + range));
  };
  const float brightness = factor(options.brightness);
  const float contrast = factor(options.contrast);
  const float saturation = factor(options.saturation);
  const cv::Scalar mean = cv::mean(pixels);
  float mean_grey = 0;
  for (int c = 0; c < 3; ++c) {
    mean_grey += luma.at(static_cast<std::size_t>(c)) * static_cast<float>(mean[c]);
  }
  // out = gain * (saturation * v + (1 - saturation) * grey(v)) + offset
  const float gain = brightness * contrast;
  const float own = gain * saturation;
  const float shared = gain * (1 - saturation);
  const float offset = brightness * (1 - contrast) * mean_grey + 0.5F;  // rounds
  for (int y = 0; y < pixels.rows; ++y) {
    auto* p = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < pixels.cols; ++x, p += 4) {
      const float grey = luma[0] * p[0] + luma[1] * p[1] + luma[2] * p[2];
      for (int c = 0; c < 3; ++c) {
        const float value = own * p[c] + shared * grey + offset;
        p[c] = static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F));
      }
    }
  }
}

void blur(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels) {
  const double sigma = random.uniform(0.3, std::max(0.3, options.blur_sigma));
  cv::Mat mask;
  cv::extractChannel(pixels, mask, 3);
  cv::GaussianBlur(pixels, pixels, cv::Size(0, 0), sigma);
  cv::insertChannel(mask, pixels, 3);
}

/// Interpolation left values in between on the mask's edge.
void binarise_mask(cv::Mat& pixels) {
  for (int y = 0; y < pixels.rows; ++y) {
    auto* p = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < pixels.cols; ++x) {
      p[4 * x + 3] = p[4 * x + 3] >= 128 ? 255 : 0;
    }
  }
}

}  // namespace

bool AugmentOptions::warps() const {
  return quarter_turns > 0 || rotation > 0 || scale_low != 1 || scale_high != 1 || elastic > 0;
}

AugmentOptions augment_policy(const std::string& name) {
  for (const auto& [known, options] : policies()) {
    if (known == name) {
      return options;
    }
  }
  std::string allowed;
  for (const std::string& known : augment_policy_names()) {
    allowed += (allowed.empty() ? "" : ", ") + known;
  }
  throw Error(ErrorKind::usage, "augmentation: found '" + name + "', allowed are " + allowed);
}

const std::vector<std::string>& augment_policy_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& policy : policies()) {
      list.push_back(policy.first);
    }
    return list;
  }();
  return names;
}

cv::Mat join_mask(const cv::Mat& image, const cv::Mat& mask) {
  cv::Mat joined(image.size(), CV_8UC4);
  const std::array<cv::Mat, 2> parts{image, mask};
  constexpr std::array<int, 8> from_to{0, 0, 1, 1, 2, 2, 3, 3};
  cv::mixChannels(parts.data(), parts.size(), &joined, 1, from_to.data(), 4);
  return joined;
}

void augment(const cv::Mat& pixels, int width, int height, const AugmentOptions& options,
             std::uint64_t seed, std::uint64_t epoch, std::uint64_t index, cv::Mat& out) {
  SplitMix64 random(seed, epoch, index);
  out.create(height, width, CV_8UC4);
  const Geometry geometry = draw_geometry(options, static_cast<double>(width) / height, random);
  if (options.warps()) {
    warp(pixels, geometry, options, random, out);
    binarise_mask(out);
  } else {
    flip(pixels, geometry, out);
  }
  if (options.brightness > 0 || options.contrast > 0 || options.saturation > 0) {
    change_color(options, random, out);
  }
  if (random.chance(options.blur)) {
    blur(options, random, out);
  }
}

}  // namespace bcnet::data
