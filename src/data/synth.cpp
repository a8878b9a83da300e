#include "data/synth.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/random.h"
#include "data/image_folder.h"
#include "image/codec.h"

namespace bcnet::data {

namespace fs = std::filesystem;

namespace {

constexpr float pi = 3.14159265F;

float uniform(SplitMix64& random, float low, float high) {
  return static_cast<float>(random.uniform(low, high));
}

/// Smooth noise in about -1..1, 32FC1, with blobs of about cell pixels.
cv::Mat draw_noise(cv::Size size, int cell, SplitMix64& random) {
  cv::Mat nodes(size.height / cell + 2, size.width / cell + 2, CV_32FC1);
  for (auto node = nodes.begin<float>(); node != nodes.end<float>(); ++node) {
    *node = uniform(random, -1, 1);
  }
  cv::Mat noise;
  cv::resize(nodes, noise, size, 0, 0, cv::INTER_CUBIC);
  return noise;
}

/// Colours in 0..1, 32FC3 RGB, multiplied by a 32FC1 of the same size.
void multiply(cv::Mat& image, const cv::Mat& factor) {
  cv::Mat three;
  cv::merge(std::vector<cv::Mat>(3, factor), three);
  cv::multiply(image, three, image);
}

void draw_vessels(cv::Mat& image, SplitMix64& random) {
  const auto count = 2 + random.below(5);
  for (std::uint64_t i = 0; i < count; ++i) {
    const float y = uniform(random, 0, static_cast<float>(image.rows));
    cv::Point2f at(uniform(random, 0, static_cast<float>(image.cols)), y);
    float angle = uniform(random, 0, 2 * pi);
    std::vector<cv::Point> line;
    for (int step = 0; step < 25; ++step) {
      line.emplace_back(cvRound(at.x), cvRound(at.y));
      angle += uniform(random, -0.4F, 0.4F);
      at += 8.0F * cv::Point2f(std::cos(angle), std::sin(angle));
    }
    cv::polylines(image, line, false, cv::Scalar(0.55, 0.16, 0.14), 1, cv::LINE_AA);
  }
}

cv::Mat draw_mucosa(cv::Size size, SplitMix64& random) {
  const double blue = random.uniform(0.24, 0.36);
  const double green = random.uniform(0.3, 0.45);
  cv::Mat image(size, CV_32FC3, cv::Scalar(random.uniform(0.62, 0.8), green, blue));
  draw_vessels(image, random);
  cv::GaussianBlur(image, image, {0, 0}, 1.2);

  // Folds run across the picture as dark valleys, bent by noise.
  const float direction = uniform(random, 0, pi);
  const float wavelength = uniform(random, 60, 160);
  const cv::Mat bend = draw_noise(size, 90, random);
  const cv::Mat finest = draw_noise(size, 3, random);
  const cv::Mat fine = draw_noise(size, 12, random);
  const cv::Mat coarse = draw_noise(size, 48, random);
  cv::Mat light = 1 + 0.10 * coarse + 0.05 * fine + 0.03 * finest;
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const float along =
          static_cast<float>(x) * std::cos(direction) + static_cast<float>(y) * std::sin(direction);
      const float wave = std::sin(2 * pi * along / wavelength + 2.5F * bend.at<float>(y, x));
      light.at<float>(y, x) *= 1 - 0.25F * std::pow(0.5F - 0.5F * wave, 4.0F);
    }
  }
  multiply(image, light);
  return image;
}

/// A closed outline around a centre: an ellipse with a few waves on it.
class Outline {
 public:
  Outline(cv::Point2f centre, float radius, SplitMix64& random)
      : centre_(centre),
        long_axis_(radius * uniform(random, 1, 1.35F)),
        short_axis_(radius * uniform(random, 0.7F, 1)),
        angle_(uniform(random, 0, pi)) {
    for (std::size_t i = 0; i < waves_.size(); ++i) {
      const float order = static_cast<float>(i) + 2;
      waves_[i] = {uniform(random, 0, 0.14F) / order * 2, uniform(random, 0, 2 * pi)};
    }
  }

  /// Distance from the centre as a share of that of the outline: inside below 1.
  float depth(float x, float y) const {
    const float dx = x - centre_.x;
    const float dy = y - centre_.y;
    const float u = (dx * std::cos(angle_) + dy * std::sin(angle_)) / long_axis_;
    const float v = (dy * std::cos(angle_) - dx * std::sin(angle_)) / short_axis_;
    const float turn = std::atan2(v, u);
    float outline = 1;
    for (std::size_t i = 0; i < waves_.size(); ++i) {
      outline +=
          waves_[i].amplitude * std::cos((static_cast<float>(i) + 2) * turn + waves_[i].phase);
    }
    return std::sqrt(u * u + v * v) / outline;
  }

  /// A rectangle that holds the outline and the shadow around it.
  cv::Rect box(cv::Size image) const {
    const int reach = cvCeil(2 * long_axis_);
    const cv::Point middle(cvRound(centre_.x), cvRound(centre_.y));
    return cv::Rect(middle - cv::Point(reach, reach), middle + cv::Point(reach, reach)) &
           cv::Rect({}, image);
  }

 private:
  struct Wave {
    float amplitude;
    float phase;
  };

  cv::Point2f centre_;
  float long_axis_;
  float short_axis_;
  float angle_;
  std::array<Wave, 4> waves_{};
};

void draw_polyp(cv::Mat& image, cv::Mat& mask, SplitMix64& random) {
  const auto side = static_cast<float>(std::min(image.cols, image.rows));
  const float radius = side * uniform(random, 0.07F, 0.22F);
  const float middle = uniform(random, 0.2F, 0.8F) * static_cast<float>(image.rows);
  const cv::Point2f centre(uniform(random, 0.2F, 0.8F) * static_cast<float>(image.cols), middle);
  const Outline outline(centre, radius, random);
  const float blue = uniform(random, 0.32F, 0.46F);
  const float green = uniform(random, 0.34F, 0.5F);
  const cv::Vec3f color(uniform(random, 0.78F, 0.92F), green, blue);
  const float light = uniform(random, 0, 2 * pi);
  const cv::Mat texture = draw_noise(image.size(), 6, random);
  const cv::Rect box = outline.box(image.size());
  for (int y = box.y; y < box.br().y; ++y) {
    for (int x = box.x; x < box.br().x; ++x) {
      const float dx = static_cast<float>(x) - centre.x;
      const float dy = static_cast<float>(y) - centre.y;
      const float depth = outline.depth(static_cast<float>(x), static_cast<float>(y));
      auto& pixel = image.at<cv::Vec3f>(y, x);
      if (depth > 1) {  // the shadow at its foot
        pixel *= 1 - 0.35F * std::exp(-8 * (depth - 1));
        continue;
      }
      mask.at<std::uint8_t>(y, x) = 255;
      const float height = std::sqrt(1 - depth * depth);
      const float facing = (dx * std::cos(light) + dy * std::sin(light)) / radius;
      const float shade = 0.62F + 0.38F * height + 0.14F * facing + 0.05F * texture.at<float>(y, x);
      pixel = color * shade;
    }
  }
}

void draw_highlights(cv::Mat& image, SplitMix64& random) {
  cv::Mat shine(image.size(), CV_32FC1, cv::Scalar(0));
  const auto count = 4 + random.below(12);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto y = static_cast<int>(random.below(static_cast<std::uint64_t>(image.rows)));
    const cv::Point at(static_cast<int>(random.below(static_cast<std::uint64_t>(image.cols))), y);
    const auto height = static_cast<int>(1 + random.below(3));
    const cv::Size axes(static_cast<int>(1 + random.below(7)), height);
    cv::ellipse(shine, at, axes, random.uniform(0, 180), 0, 360, cv::Scalar(0.9), cv::FILLED);
  }
  cv::GaussianBlur(shine, shine, {0, 0}, 1);
  cv::Mat three;
  cv::merge(std::vector<cv::Mat>(3, shine), three);
  image += three;
}

/// The lamp at the tip lights the middle; the corners of the picture are cut off, and what
/// is not seen is in no mask.
void darken_edges(cv::Mat& image, cv::Mat& mask, SplitMix64& random) {
  const auto width = static_cast<float>(image.cols);
  const auto height = static_cast<float>(image.rows);
  const float cut = uniform(random, 1.45F, 2.0F);
  const float fall = uniform(random, 0.3F, 0.6F);
  cv::Mat light(image.size(), CV_32FC1);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const float u = std::abs(2 * static_cast<float>(x) / width - 1);
      const float v = std::abs(2 * static_cast<float>(y) / height - 1);
      const bool seen = u + v <= cut;
      light.at<float>(y, x) = seen ? 1.08F - fall * 0.5F * (u * u + v * v) : 0.02F;
      if (!seen) {
        mask.at<std::uint8_t>(y, x) = 0;
      }
    }
  }
  multiply(image, light);
}

Pair draw_picture(std::uint64_t seed, std::uint64_t index, bool with_polyps) {
  SplitMix64 random(seed, index);
  const auto height = static_cast<int>(288 + random.below(129));
  const cv::Size size(static_cast<int>(320 + random.below(193)), height);
  cv::Mat image = draw_mucosa(size, random);
  cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
  if (with_polyps) {
    const auto polyps = 1 + random.below(3);
    for (std::uint64_t i = 0; i < polyps; ++i) {
      draw_polyp(image, mask, random);
    }
  }
  draw_highlights(image, random);
  darken_edges(image, mask, random);
  Pair pair;
  image.convertTo(pair.image, CV_8U, 255);
  pair.mask = mask;
  return pair;
}

}  // namespace

Pair draw_synthetic(std::uint64_t seed, std::uint64_t index) {
  return draw_picture(seed, index, /*with_polyps=*/true);
}

cv::Mat draw_synthetic_mucosa(std::uint64_t seed, std::uint64_t index) {
  return draw_picture(seed, index, /*with_polyps=*/false).image;
}

void write_synthetic(const fs::path& folder, int count, std::uint64_t seed) {
  require_new_folder(folder / "images");
  require_new_folder(folder / "masks");
  make_directories(folder / "images");
  make_directories(folder / "masks");
  for (int i = 1; i <= count; ++i) {
    const std::string digits = std::to_string(i);
    const std::string name =
        "synth_" + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
    const Pair pair = draw_synthetic(seed, static_cast<std::uint64_t>(i));
    write_jpeg(folder / "images" / (name + ".jpg"), pair.image);
    write_png(folder / "masks" / (name + ".png"), pair.mask);
  }
}

}  // namespace bcnet::data
