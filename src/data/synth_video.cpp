#include "data/synth_video.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/random.h"
#include "image/geometry.h"

namespace bcnet::data {

namespace {

const cv::Rect field(176, 16, 448, 448);
constexpr int corner = 96;  ///< cut off the field

constexpr double closeness = 1.15;  ///< the middle of the camera's zoom
constexpr double pan_begins = 0.5;  ///< seconds
constexpr double pan_takes = 1;

std::vector<cv::Point> octagon() {
  const int end = field.width - 1;
  return {{corner, 0},         {end - corner, 0}, {end, corner},     {end, end - corner},
          {end - corner, end}, {corner, end},     {0, end - corner}, {0, corner}};
}

int width_at(const cv::Size& size, int height) {
  return std::max(1, cvRound(static_cast<double>(size.width) * height / size.height));
}

/// Two pictures of one height beside each other, the second over the end of the first.
cv::Mat join(const cv::Mat& left, const cv::Mat& right, int common) {
  cv::Mat joined(left.rows, left.cols + right.cols - common, left.type());
  left.copyTo(joined.colRange(0, left.cols));
  right.colRange(common, right.cols).copyTo(joined.colRange(left.cols, joined.cols));
  for (int x = 0; x < common; ++x) {
    const double share = (x + 0.5) / common;
    const int at = left.cols - common + x;
    cv::addWeighted(left.col(at), 1 - share, right.col(x), share, 0, joined.col(at));
  }
  return joined;
}

}  // namespace

double SynthVideo::Wave::at(double seconds) const {
  return amplitude * std::sin(2 * CV_PI * hertz * seconds + phase);
}

SynthVideo::SynthVideo(const Pair& scene, const SynthVideoOptions& options) : options_(options) {
  const int columns = width_at(scene.image.size(), field.height);
  image_ = resize_image(scene.image, columns, field.height);
  mask_ = resize_mask(scene.mask, columns, field.height);
  scene_middle_ = mucosa_middle_ = columns / 2.0;
  choose_path();
}

SynthVideo::SynthVideo(const cv::Mat& mucosa, const Pair& scene, const SynthVideoOptions& options)
    : SynthVideo(scene, options) {
  const int columns = width_at(mucosa.size(), field.height);
  const cv::Mat before = resize_image(mucosa, columns, field.height);
  // Only as much in common as leaves the scene's mask alone.
  cv::Mat used;
  cv::reduce(mask_, used, 0, cv::REDUCE_MAX);
  int common = 1;
  while (common < std::min(columns, mask_.cols) / 4 && used.at<std::uint8_t>(0, common) == 0) {
    ++common;
  }
  const int offset = columns - common;
  image_ = join(before, image_, common);
  cv::copyMakeBorder(mask_, mask_, 0, 0, offset, 0, cv::BORDER_CONSTANT, cv::Scalar(0));
  scene_middle_ += offset;
  mucosa_middle_ = std::max(0.0, offset - field.width / 2.0 / closeness);
}

void SynthVideo::choose_path() {
  SplitMix64 random(options_.seed);
  const auto wave = [&](double amplitude, double least_hertz, double most_hertz) {
    return Wave{amplitude * random.uniform(0.5, 1), random.uniform(least_hertz, most_hertz),
                random.uniform(0, 2 * CV_PI)};
  };
  pan_x_ = wave(0.12, 0.2, 0.7);
  pan_y_ = wave(0.12, 0.2, 0.7);
  zoom_ = wave(0.12, 0.1, 0.5);
  turn_ = wave(12, 0.1, 0.4);
  lamp_ = wave(options_.light, 0.5, 1.5);
}

/// Pixels of the field → of the picture.
cv::Matx23f SynthVideo::camera(double seconds) const {
  const double at = options_.moves ? seconds : 0;
  const double size = field.width;
  const double over = std::clamp((seconds - pan_begins) / pan_takes, 0.0, 1.0);
  const double eased = over * over * (3 - 2 * over);
  const double x = mucosa_middle_ + eased * (scene_middle_ - mucosa_middle_) + size * pan_x_.at(at);
  const double y = image_.rows / 2.0 + size * pan_y_.at(at);
  const double zoom = closeness + zoom_.at(at);
  const double angle = turn_.at(at) * CV_PI / 180;
  const double c = std::cos(angle) / zoom;
  const double s = std::sin(angle) / zoom;
  const double middle = size / 2;
  return {static_cast<float>(c),
          static_cast<float>(-s),
          static_cast<float>(x - c * middle + s * middle),
          static_cast<float>(s),
          static_cast<float>(c),
          static_cast<float>(y - s * middle - c * middle)};
}

void SynthVideo::disturb(cv::Mat& view, int index) const {
  SplitMix64 random(options_.seed, static_cast<std::uint64_t>(index) + 1);
  const double time = seconds(index);
  // A blurred moment of 0.3 s in every 1.3.
  const double moment = std::fmod(time + lamp_.phase, 1.3) / 0.3;
  if (options_.blur > 0 && moment < 1) {
    const double deviation = options_.blur * std::sin(CV_PI * moment);
    if (deviation > 0.3) {
      cv::GaussianBlur(view, view, {0, 0}, deviation);
    }
  }
  if (options_.highlights > 0) {
    cv::Mat shine = cv::Mat::zeros(view.size(), CV_8UC3);
    SplitMix64 places(options_.seed, 0x5117);
    for (int i = 0; i < options_.highlights; ++i) {
      const auto y = static_cast<int>(places.uniform(0.15, 0.85) * view.rows);
      const cv::Point at(static_cast<int>(places.uniform(0.15, 0.85) * view.cols), y);
      const auto thickness = static_cast<int>(places.uniform(2, 7));
      const cv::Size axes(static_cast<int>(places.uniform(4, 16)), thickness);
      const double angle = places.uniform(0, 180);
      const auto jitter_y = static_cast<int>(random.uniform(-4, 5));
      const cv::Point jitter(static_cast<int>(random.uniform(-4, 5)), jitter_y);
      if (random.chance(0.6)) {
        cv::ellipse(shine, at + jitter, axes, angle, 0, 360, cv::Scalar::all(220), cv::FILLED);
      }
    }
    cv::GaussianBlur(shine, shine, {0, 0}, 1.5);
    cv::add(view, shine, view);
  }
  view.convertTo(view, -1, 1 + lamp_.at(time) + options_.light * random.uniform(-0.5, 0.5));
  if (options_.noise > 0) {
    cv::RNG numbers(random.next());
    cv::Mat noise(view.size(), CV_16SC3);
    numbers.fill(noise, cv::RNG::NORMAL, 0, options_.noise);
    cv::add(view, noise, view, cv::noArray(), CV_8U);
  }
}

Pair SynthVideo::frame(int index) const {
  const cv::Matx23f map = camera(seconds(index));
  cv::Mat view, mask;
  cv::warpAffine(image_, view, map, field.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REFLECT_101);
  cv::warpAffine(mask_, mask, map, field.size(), cv::INTER_NEAREST | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REFLECT_101);
  disturb(view, index);
  cv::Mat seen = cv::Mat::zeros(field.size(), CV_8UC1);
  cv::fillConvexPoly(seen, octagon(), cv::Scalar(255));

  Pair pair;
  pair.image = cv::Mat::zeros(height, width, CV_8UC3);
  pair.mask = cv::Mat::zeros(height, width, CV_8UC1);
  view.copyTo(pair.image(field), seen);
  mask.copyTo(pair.mask(field), seen);
  for (int line = 0; line < 3; ++line) {
    const char* texts[] = {"2026-11-28", "10:20:30", "CF-HQ190"};
    cv::putText(pair.image, texts[line], {12, 40 + 30 * line}, cv::FONT_HERSHEY_SIMPLEX, 0.6,
                cv::Scalar::all(230), 1, cv::LINE_AA);
  }
  return pair;
}

}  // namespace bcnet::data
