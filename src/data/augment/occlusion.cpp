#include "data/augment/occlusion.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace bcnet::data {
namespace {

void add_spot(const cv::Point2d& centre, const cv::Size2d& radii, double angle, double softness,
              cv::Mat& pixels) {
  const double reach = std::max(radii.width, radii.height) * (1 + softness) + 1;
  const cv::Rect area = cv::Rect(cvFloor(centre.x - reach), cvFloor(centre.y - reach),
                                 cvCeil(2 * reach) + 1, cvCeil(2 * reach) + 1) &
                        cv::Rect({}, pixels.size());
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  for (int y = area.y; y < area.br().y; ++y) {
    auto* row = pixels.ptr<cv::Vec4b>(y);
    for (int x = area.x; x < area.br().x; ++x) {
      const double along = (c * (x - centre.x) + s * (y - centre.y)) / radii.width;
      const double across = (c * (y - centre.y) - s * (x - centre.x)) / radii.height;
      const double distance = std::sqrt(along * along + across * across);
      const double share = std::clamp((1 + softness - distance) / (2 * softness), 0.0, 1.0);
      for (int i = 0; i < 3; ++i) {
        // Light is added: no pixel becomes darker.
        const auto spot = cv::saturate_cast<std::uint8_t>(row[x][i] + share * (252 - row[x][i]));
        row[x][i] = std::max(row[x][i], spot);
      }
    }
  }
}

/// Something like the picture of an instrument's shape: a bright curve on green.
void draw_shape_picture(SplitMix64& random, cv::Mat box) {
  const double blue = random.uniform(20, 80);
  const double green = random.uniform(60, 140);
  box.setTo(cv::Scalar(random.uniform(0, 40), green, blue, 0));
  const auto point = [&] {
    const double y = random.uniform(0.1, 0.9) * box.rows;
    return cv::Point2d(random.uniform(0.1, 0.9) * box.cols, y);
  };
  const cv::Point2d a = point();
  const cv::Point2d b = point();
  const cv::Point2d c = point();
  std::vector<cv::Point> curve;
  for (int i = 0; i <= 12; ++i) {  // Bézier's of second degree
    const double t = i / 12.0;
    curve.emplace_back((1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c);
  }
  const double grey = random.uniform(150, 230);
  cv::polylines(box, curve, false, cv::Scalar(grey, grey, grey, 0), std::max(1, box.cols / 24),
                cv::LINE_AA);
}

}  // namespace

void add_highlights(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels) {
  const auto count = 1 + random.below(static_cast<std::uint64_t>(options.highlight_count));
  const double side = std::min(pixels.cols, pixels.rows);
  for (std::uint64_t i = 0; i < count; ++i) {
    const double y = random.uniform(0, pixels.rows);
    const cv::Point2d centre(random.uniform(0, pixels.cols), y);
    const double radius = random.uniform(0.004, 0.02) * side;
    const cv::Size2d radii(radius * random.uniform(1, 2.5), radius);
    const double angle = random.uniform(0, CV_PI);
    const double softness = random.uniform(0.15, 0.5);
    if (is_lit(pixels.at<cv::Vec4b>(cvFloor(centre.y), cvFloor(centre.x)))) {
      add_spot(centre, radii, angle, softness, pixels);
    }
  }
}

void add_box(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels) {
  const double smallest = options.box_size / 2;
  const cv::Size size = draw_size(pixels.size(), smallest, options.box_size, random);
  const bool usual_corner = random.chance(0.5);
  const bool right = !usual_corner && random.chance(0.5);
  const bool top = !usual_corner && random.chance(0.5);
  const cv::Point corner(right ? pixels.cols - size.width : 0, top ? 0 : pixels.rows - size.height);
  cv::Mat box = pixels(cv::Rect(corner, size));
  if (random.chance(0.7)) {
    const double blue = random.uniform(0, 12);
    const double green = random.uniform(0, 12);
    box.setTo(cv::Scalar(random.uniform(0, 12), green, blue, 0));
  } else {
    draw_shape_picture(random, box);
  }
}

void drop_rectangles(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels) {
  const cv::Scalar mean = cv::mean(pixels);
  const auto count = 1 + random.below(static_cast<std::uint64_t>(options.dropout_count));
  for (std::uint64_t i = 0; i < count; ++i) {
    const double smallest = options.dropout_size / 4;
    const cv::Size size = draw_size(pixels.size(), smallest, options.dropout_size, random);
    const cv::Point corner = draw_corner(pixels.size(), size, random);
    const cv::Scalar fill = random.chance(options.dropout_mean) ? mean : cv::Scalar::all(0);
    const auto byte = [&](int c) { return cv::saturate_cast<std::uint8_t>(fill[c]); };
    for (int y = corner.y; y < corner.y + size.height; ++y) {
      auto* row = pixels.ptr<cv::Vec4b>(y);
      for (int x = corner.x; x < corner.x + size.width; ++x) {
        const std::uint8_t mask = options.dropout_cuts_mask ? 0 : row[x][3];
        row[x] = {byte(0), byte(1), byte(2), mask};
      }
    }
  }
}

}  // namespace bcnet::data
