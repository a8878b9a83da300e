#include "data/augment/pixels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "image/codec.h"

namespace bcnet::data {
namespace {

// Luma of ITU-R BT.601, the grey of every image tool.
constexpr std::array<float, 3> luma{0.299F, 0.587F, 0.114F};

std::uint8_t to_byte(float value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F));
}

void turn_hue(double degrees, cv::Mat& pixels) {
  const cv::Matx33f m = hue_rotation(degrees);
  for (int y = 0; y < pixels.rows; ++y) {
    auto* p = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < pixels.cols; ++x, p += 4) {
      const float r = p[0];
      const float g = p[1];
      const float b = p[2];
      p[0] = to_byte(m(0, 0) * r + m(0, 1) * g + m(0, 2) * b + 0.5F);
      p[1] = to_byte(m(1, 0) * r + m(1, 1) * g + m(1, 2) * b + 0.5F);
      p[2] = to_byte(m(2, 0) * r + m(2, 1) * g + m(2, 2) * b + 0.5F);
    }
  }
}

/// Standard normal numbers in groups of four, the fourth 0 for the mask. One table for all:
/// an image takes its rows from random places of it, which costs a tenth of drawing them.
const std::vector<float>& normal_numbers() {
  static const std::vector<float> table = [] {
    constexpr std::size_t groups = 1 << 16;
    std::vector<float> numbers(4 * groups, 0.0F);
    SplitMix64 random(1);
    for (std::size_t group = 0; group < groups; ++group) {
      for (std::size_t channel = 0; channel < 3; ++channel) {  // Box and Muller, 1958
        const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
        numbers[4 * group + channel] =
            static_cast<float>(radius * std::cos(2 * CV_PI * random.uniform()));
      }
    }
    return numbers;
  }();
  return table;
}

}  // namespace

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
        p[c] = to_byte(own * p[c] + shared * grey + offset);
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

void change_camera(const AugmentOptions& options, SplitMix64 random, cv::Mat& pixels) {
  const double degrees = random.uniform(-options.hue, options.hue);
  const double limit = std::log1p(options.gamma);
  const double exponent = std::exp(random.uniform(-limit, limit));
  cv::Mat table(1, 256, CV_8UC4);
  for (int c = 0; c < 4; ++c) {
    const double gain =
        c == 3 ? 1 : random.uniform(1 - options.white_balance, 1 + options.white_balance);
    for (int value = 0; value < 256; ++value) {
      const double changed = c == 3 ? value : 255 * std::pow(gain * value / 255, exponent);
      table.at<cv::Vec4b>(0, value)[c] = cv::saturate_cast<std::uint8_t>(changed);
    }
  }
  if (options.hue > 0) {
    turn_hue(degrees, pixels);
  }
  if (options.gamma > 0 || options.white_balance > 0) {
    cv::LUT(pixels, table, pixels);
  }
}

void blur_motion(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels) {
  const double length = random.uniform(2, std::max(2.0, options.motion_blur_length));
  const double angle = random.uniform(0, CV_PI);
  const int reach = static_cast<int>(std::ceil(length / 2));
  cv::Mat line(2 * reach + 1, 2 * reach + 1, CV_32FC1, cv::Scalar(0));
  constexpr int fraction_bits = 8;
  const double scale = 1 << fraction_bits;
  const cv::Point2d half(std::cos(angle) * length / 2, std::sin(angle) * length / 2);
  const auto at = [&](double side) {
    return cv::Point(cvRound((reach + side * half.x) * scale),
                     cvRound((reach + side * half.y) * scale));
  };
  cv::line(line, at(-1), at(1), cv::Scalar(1), 1, cv::LINE_8, fraction_bits);
  line /= cv::sum(line)[0];
  cv::Mat mask;
  cv::extractChannel(pixels, mask, 3);
  cv::filter2D(pixels, pixels, -1, line);
  cv::insertChannel(mask, pixels, 3);
}

void add_glare(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels) {
  const auto side = static_cast<float>(std::max(pixels.cols, pixels.rows));
  const auto draw = [&](double low, double high) {
    return static_cast<float>(random.uniform(low, high));
  };
  const float radius = side * draw(options.glare_size / 3, options.glare_size);
  const float other = radius * draw(0.5, 1);
  const float angle = draw(0, CV_PI);
  const float center_x = draw(0, pixels.cols);
  const float center_y = draw(0, pixels.rows);
  const float gain = draw(1, options.glare_gain) - 1;
  for (int y = 0; y < pixels.rows; ++y) {
    auto* p = pixels.ptr<std::uint8_t>(y);
    const float dy = static_cast<float>(y) - center_y;
    for (int x = 0; x < pixels.cols; ++x, p += 4) {
      const float dx = static_cast<float>(x) - center_x;
      const float along = (std::cos(angle) * dx + std::sin(angle) * dy) / radius;
      const float across = (std::cos(angle) * dy - std::sin(angle) * dx) / other;
      const float squared = along * along + across * across;
      if (squared >= 4) {  // below 0.04% of the gain
        continue;
      }
      const float factor = 1 + gain * std::exp(-2 * squared);
      for (int c = 0; c < 3; ++c) {
        p[c] = to_byte(static_cast<float>(p[c]) * factor + 0.5F);
      }
    }
  }
}

void add_noise(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels) {
  const auto sigma = static_cast<float>(random.uniform(0, options.noise_sigma));
  const std::vector<float>& table = normal_numbers();
  const auto count = static_cast<std::size_t>(pixels.cols) * 4;
  for (int y = 0; y < pixels.rows; ++y) {
    auto* p = pixels.ptr<std::uint8_t>(y);
    // In pieces, for images wider than the table is long.
    for (std::size_t done = 0; done < count;) {
      const std::size_t piece = std::min(count - done, table.size() / 2);
      const float* numbers = table.data() + 4 * random.below((table.size() - piece) / 4);
      for (std::size_t i = 0; i < piece; ++i) {
        p[done + i] = to_byte(static_cast<float>(p[done + i]) + sigma * numbers[i] + 0.5F);
      }
      done += piece;
    }
  }
}

void compress(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels) {
  const double best = std::max(90.0, options.jpeg_quality);
  const int quality = cvRound(random.uniform(options.jpeg_quality, best));
  cv::Mat colors;
  cv::cvtColor(pixels, colors, cv::COLOR_RGBA2RGB);
  colors = jpeg_round_trip(colors, quality);
  const int places[] = {0, 0, 1, 1, 2, 2};
  cv::mixChannels(&colors, 1, &pixels, 1, places, 3);
}

cv::Matx33f hue_rotation(double degrees) {
  const double angle = degrees * CV_PI / 180;
  const cv::Matx33d grey(0.213, 0.715, 0.072, 0.213, 0.715, 0.072, 0.213, 0.715, 0.072);
  const cv::Matx33d sine(-0.213, -0.715, 0.928, 0.143, 0.140, -0.283, -0.787, 0.715, 0.072);
  return grey + (cv::Matx33d::eye() - grey) * std::cos(angle) + sine * std::sin(angle);
}

}  // namespace bcnet::data
