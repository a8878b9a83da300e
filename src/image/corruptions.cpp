#include "image/corruptions.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace bcnet {

namespace {

constexpr double pi = 3.14159265358979323846;

double radians(double degrees) { return degrees * pi / 180; }

double shorter_side(const cv::Mat& image) { return std::min(image.cols, image.rows); }

/// Values multiplied by one factor a channel, cut off at 255.
cv::Mat multiply_channels(const cv::Mat& image, const cv::Scalar& factors) {
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  for (int c = 0; c < image.channels(); ++c) {
    auto& channel = channels[static_cast<std::size_t>(c)];
    channel.convertTo(channel, CV_8U, factors[c]);
  }
  cv::Mat result;
  cv::merge(channels, result);
  return result;
}

/// Two independent standard normal numbers (Box and Muller 1958).
cv::Vec2d draw_normal(SplitMix64& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  const double turn = 2 * pi * random.uniform();
  return {radius * std::cos(turn), radius * std::sin(turn)};
}

}  // namespace

cv::Mat blur_image(const cv::Mat& image, double sigma) {
  cv::Mat result;
  cv::GaussianBlur(image, result, {0, 0}, sigma);
  return result;
}

cv::Mat blur_motion(const cv::Mat& image, double length, double angle) {
  const int reach = cvCeil(length / 2);
  cv::Mat kernel(2 * reach + 3, 2 * reach + 3, CV_32FC1, cv::Scalar(0));
  // Points along the line, each shared out to the four pixels around it.
  const int steps = 32 * reach;
  for (int i = 0; i < steps; ++i) {
    const double along = ((i + 0.5) / steps - 0.5) * length;
    const double x = reach + 1 + along * std::cos(radians(angle));
    const double y = reach + 1 - along * std::sin(radians(angle));
    const int column = cvFloor(x);
    const int row = cvFloor(y);
    for (const int dy : {0, 1}) {
      for (const int dx : {0, 1}) {
        const double part = (1 - std::abs(x - column - dx)) * (1 - std::abs(y - row - dy)) / steps;
        if (part > 0) {
          kernel.at<float>(row + dy, column + dx) += static_cast<float>(part);
        }
      }
    }
  }
  cv::Mat result;
  cv::filter2D(image, result, -1, kernel);
  return result;
}

cv::Mat add_noise(const cv::Mat& image, double deviation, SplitMix64& random) {
  cv::Mat result(image.size(), image.type());
  const int values = image.cols * image.channels();
  for (int y = 0; y < image.rows; ++y) {
    const auto* in = image.ptr<std::uint8_t>(y);
    auto* out = result.ptr<std::uint8_t>(y);
    for (int i = 0; i < values; i += 2) {
      const cv::Vec2d noise = draw_normal(random);
      for (int j = i; j < std::min(i + 2, values); ++j) {
        out[j] = cv::saturate_cast<std::uint8_t>(in[j] + deviation * noise[j - i]);
      }
    }
  }
  return result;
}

cv::Mat expose(const cv::Mat& image, double stops) {
  constexpr double gamma = 2.2;
  return multiply_channels(image, cv::Scalar::all(std::exp2(stops / gamma)));
}

cv::Mat cast_color(const cv::Mat& image, double amount, double hue) {
  const auto factor = [&](double shift) { return 1 + amount * std::cos(radians(hue + shift)); };
  return multiply_channels(image, {factor(0), factor(-120), factor(120)});
}

cv::Mat add_highlights(const cv::Mat& image, double share, SplitMix64& random) {
  constexpr int darkest = 40;  // of the brightest channel: the black around the picture is darker
  const double side = shorter_side(image);
  const double wanted = share * static_cast<double>(image.total());
  cv::Mat shine(image.size(), CV_32FC1, cv::Scalar(0));
  double covered = 0;
  constexpr int most_tries = 20000;  // ends the loop on a black picture
  for (int i = 0; i < most_tries && covered < wanted; ++i) {
    const auto y = static_cast<int>(random.below(static_cast<std::uint64_t>(image.rows)));
    const cv::Point at(static_cast<int>(random.below(static_cast<std::uint64_t>(image.cols))), y);
    const int height = std::max(1, cvRound(side * random.uniform(0.005, 0.025)));
    const cv::Size axes(std::max(1, cvRound(side * random.uniform(0.005, 0.025))), height);
    const double turn = random.uniform(0, 180);
    const auto& pixel = image.at<cv::Vec3b>(at);
    if (std::max({pixel[0], pixel[1], pixel[2]}) < darkest) {
      continue;
    }
    cv::ellipse(shine, at, axes, turn, 0, 360, cv::Scalar(1), cv::FILLED);
    covered += pi * (axes.width + 0.5) * (axes.height + 0.5);  // the outline is drawn too
  }
  cv::GaussianBlur(shine, shine, {0, 0}, std::max(0.5, side / 500));
  cv::Mat result(image.size(), image.type());
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const float white = shine.at<float>(y, x);
      for (int c = 0; c < 3; ++c) {
        const auto value = static_cast<float>(image.at<cv::Vec3b>(y, x)[c]);
        result.at<cv::Vec3b>(y, x)[c] =
            cv::saturate_cast<std::uint8_t>(value + white * (255 - value));
      }
    }
  }
  return result;
}

cv::Mat occlude(const cv::Mat& image, double width, SplitMix64& random) {
  const cv::Scalar steel(92, 95, 100);
  const cv::Scalar gleam(170, 173, 178);
  const int tip_y = cvRound(image.rows * random.uniform(0.3, 0.7));
  const cv::Point tip(cvRound(image.cols * random.uniform(0.3, 0.7)), tip_y);
  const double direction = random.uniform(0, 2 * pi);
  const double reach = std::hypot(image.cols, image.rows);  // surely beyond the edge
  const cv::Point beyond(tip.x + cvRound(reach * std::cos(direction)),
                         tip.y + cvRound(reach * std::sin(direction)));
  const int thickness = std::max(1, cvRound(width * shorter_side(image)));
  cv::Mat result = image.clone();
  cv::line(result, tip, beyond, steel, thickness, cv::LINE_AA);
  cv::line(result, tip, beyond, gleam, std::max(1, thickness / 4), cv::LINE_AA);
  return result;
}

cv::Mat rotate_about_middle(const cv::Mat& pixels, double degrees, int interpolation) {
  const cv::Point2f middle(static_cast<float>(pixels.cols - 1) / 2,
                           static_cast<float>(pixels.rows - 1) / 2);
  cv::Mat result;
  cv::warpAffine(pixels, result, cv::getRotationMatrix2D(middle, degrees, 1), pixels.size(),
                 interpolation, cv::BORDER_CONSTANT);
  return result;
}

}  // namespace bcnet
