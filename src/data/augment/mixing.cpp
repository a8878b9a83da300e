#include "data/augment/mixing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/augment/geometry.h"
#include "data/augment/occlusion.h"

namespace bcnet::data {
namespace {

constexpr double largest_paste = 0.45;  // its longer side, as a share of the image's
constexpr double lit_share = 0.97;      // of what is pasted, inside of the field of view
constexpr int places_tried = 8;

/// Any pair but the one that takes.
cv::Mat draw_donor(const SampleKey& key, const Donors& donors, SplitMix64& random) {
  if (donors.count < 2) {
    return {};
  }
  const auto other = static_cast<std::size_t>(random.below(donors.count - 1));
  return donors.get(other < key.index ? other : other + 1);
}

/// The pixels of a pair's mask, turned and scaled: 8UC4 that just holds them.
cv::Mat draw_polyp(const AugmentOptions& options, const cv::Mat& donor, cv::Size result,
                   SplitMix64& random) {
  cv::Mat mask;
  cv::extractChannel(donor, mask, 3);
  mask = mask > ignored_mark;
  const cv::Rect box = cv::boundingRect(mask);
  const double angle = random.uniform(0, 2 * CV_PI);
  const double mirror = random.chance(0.5) ? -1 : 1;
  const double zoom = random.uniform(options.paste_scale_low, options.paste_scale_high);
  if (box.empty()) {
    return {};
  }
  // Result pixels for each of the donor's: it may have another size.
  double scale_x = zoom * result.width / donor.cols;
  double scale_y = zoom * result.height / donor.rows;
  const double longer = std::max(box.width * scale_x, box.height * scale_y);
  const double limit = largest_paste * std::min(result.width, result.height);
  if (longer > limit) {
    scale_x *= limit / longer;
    scale_y *= limit / longer;
  }
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const double width = std::abs(c) * box.width * scale_x + std::abs(s) * box.height * scale_y;
  const double height = std::abs(s) * box.width * scale_x + std::abs(c) * box.height * scale_y;
  const cv::Size size(cvCeil(width) + 2, cvCeil(height) + 2);
  const cv::Matx22d linear =
      cv::Matx22d(c, -s, s, c) * cv::Matx22d(mirror * scale_x, 0, 0, scale_y);
  const cv::Vec2d centre(box.x + (box.width - 1) / 2.0, box.y + (box.height - 1) / 2.0);
  const cv::Vec2d offset =
      cv::Vec2d((size.width - 1) / 2.0, (size.height - 1) / 2.0) - linear * centre;
  cv::Mat polyp;
  cv::warpAffine(
      donor, polyp,
      cv::Matx23d(linear(0, 0), linear(0, 1), offset[0], linear(1, 0), linear(1, 1), offset[1]),
      size, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  binarise_mask(polyp);
  return polyp;
}

/// Whether a polyp laid there would be inside of the field of view; every second pixel of
/// every second row is looked at.
bool is_inside(const cv::Mat& polyp, const cv::Point& corner, const cv::Mat& pixels) {
  int all = 0;
  int lit = 0;
  for (int y = 0; y < polyp.rows; y += 2) {
    const auto* row = polyp.ptr<cv::Vec4b>(y);
    for (int x = 0; x < polyp.cols; x += 2) {
      if (row[x][3] == 0) {
        continue;
      }
      ++all;
      const cv::Point place = corner + cv::Point(x, y);
      if (cv::Rect({}, pixels.size()).contains(place) && is_lit(pixels.at<cv::Vec4b>(place))) {
        ++lit;
      }
    }
  }
  return all > 0 && lit >= lit_share * all;
}

void blend(const cv::Mat& polyp, double feather, cv::Mat place) {
  cv::Mat soft;
  cv::extractChannel(polyp, soft, 3);
  if (feather > 0) {
    cv::GaussianBlur(soft, soft, cv::Size(0, 0), feather, 0, cv::BORDER_CONSTANT);
  }
  for (int y = 0; y < polyp.rows; ++y) {
    const auto* from = polyp.ptr<cv::Vec4b>(y);
    const auto* blurred = soft.ptr<std::uint8_t>(y);
    auto* to = place.ptr<cv::Vec4b>(y);
    for (int x = 0; x < polyp.cols; ++x) {
      if (from[x][3] == 0) {
        continue;
      }
      // The blurred mask is one half on the edge: from there inwards it goes from 0 to 1.
      const float share = std::clamp(2 * blurred[x] / 255.0F - 1, 0.0F, 1.0F);
      for (int c = 0; c < 3; ++c) {
        const auto old = static_cast<float>(to[x][c]);
        const auto change = static_cast<float>(from[x][c]) - old;
        to[x][c] = cv::saturate_cast<std::uint8_t>(old + share * change);
      }
      to[x][3] = 255;
    }
  }
}

struct ColourStatistics {
  cv::Vec3d mean, deviation;
};

/// Of every fourth pixel of every fourth row that is lit.
ColourStatistics colour_statistics(const cv::Mat& pixels) {
  constexpr int step = 4;
  cv::Vec3d sum{}, squares{};
  int count = 0;
  for (int y = 0; y < pixels.rows; y += step) {
    const auto* row = pixels.ptr<cv::Vec4b>(y);
    for (int x = 0; x < pixels.cols; x += step) {
      if (is_lit(row[x])) {
        const cv::Vec3d value(row[x][0], row[x][1], row[x][2]);
        sum += value;
        squares += value.mul(value);
        ++count;
      }
    }
  }
  ColourStatistics statistics;
  if (count > 0) {
    statistics.mean = sum / count;
    for (int c = 0; c < 3; ++c) {
      const double mean = statistics.mean[c];
      statistics.deviation[c] = std::sqrt(std::max(0.0, squares[c] / count - mean * mean));
    }
  }
  return statistics;
}

}  // namespace

void mix_rectangle(const AugmentOptions& options, const SampleKey& key, const Donors& donors,
                   SplitMix64& random, cv::Mat& pixels) {
  const cv::Mat donor = draw_donor(key, donors, random);
  if (donor.empty()) {
    return;
  }
  const double smallest = options.cutmix_size / 2;
  const cv::Size size = draw_size(pixels.size(), smallest, options.cutmix_size, random);
  const cv::Point corner = draw_corner(pixels.size(), size, random);
  const SampleKey own{key.seed, key.epoch, random.next()};
  const Geometry geometry =
      draw_geometry(options, static_cast<double>(pixels.cols) / pixels.rows, own, random);
  cv::Mat part;
  apply_geometry(donor, geometry, pixels.size(), {corner, size}, part);
  part.copyTo(pixels(cv::Rect(corner, size)));
}

void paste_polyp(const AugmentOptions& options, const SampleKey& key, const Donors& donors,
                 SplitMix64& random, cv::Mat& pixels) {
  const cv::Mat donor = draw_donor(key, donors, random);
  if (donor.empty()) {
    return;
  }
  const cv::Mat polyp = draw_polyp(options, donor, pixels.size(), random);
  if (polyp.empty() || polyp.cols > pixels.cols || polyp.rows > pixels.rows) {
    return;
  }
  for (int i = 0; i < places_tried; ++i) {
    const cv::Point corner = draw_corner(pixels.size(), polyp.size(), random);
    if (is_inside(polyp, corner, pixels)) {
      blend(polyp, options.paste_feather, pixels(cv::Rect(corner, polyp.size())));
      return;
    }
  }
}

void take_colours(const SampleKey& key, const Donors& donors, SplitMix64& random, cv::Mat& pixels) {
  const cv::Mat donor = draw_donor(key, donors, random);
  const double share = random.uniform(0, 1);
  if (donor.empty()) {
    return;
  }
  const ColourStatistics from = colour_statistics(pixels);
  const ColourStatistics to = colour_statistics(donor);
  std::array<std::array<std::uint8_t, 256>, 3> table{};
  for (int c = 0; c < 3; ++c) {
    for (int v = 0; v < 256; ++v) {
      // An image of one colour, or a black one, has no spread to scale.
      const bool flat = from.deviation[c] < 1 || to.deviation[c] < 1;
      const double gain = flat ? 1 : to.deviation[c] / from.deviation[c];
      const double value = flat ? v : (v - from.mean[c]) * gain + to.mean[c];
      table[c][v] = cv::saturate_cast<std::uint8_t>(v + share * (value - v));
    }
  }
  // The dark border stays dark.
  for (int y = 0; y < pixels.rows; ++y) {
    auto* row = pixels.ptr<cv::Vec4b>(y);
    for (int x = 0; x < pixels.cols; ++x) {
      if (is_lit(row[x])) {
        for (int c = 0; c < 3; ++c) {
          row[x][c] = table[c][row[x][c]];
        }
      }
    }
  }
}

}  // namespace bcnet::data
