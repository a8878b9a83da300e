#include "track/logit_smoother.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "bcnet/error.h"

namespace bcnet::track {

namespace {

// Of a block's misfit: up to the first the past counts in full, from the second on not at all.
constexpr float fits = 0.15F;
constexpr float fits_not = 0.45F;

/// What is moved less than this is not moved: each time blurs the average a little.
constexpr float least_shift = 0.1F;  // pixels

/// A map of shares of the field as one of pixels.
cv::Matx23f in_pixels(const cv::Matx23f& map, const cv::Size& size) {
  const auto w = static_cast<float>(size.width);
  const auto h = static_cast<float>(size.height);
  cv::Matx23f pixels(map(0, 0), map(0, 1) * w / h, 0,  //
                     map(1, 0) * h / w, map(1, 1), 0);
  pixels(0, 2) = w * map(0, 2) + 0.5F * (pixels(0, 0) + pixels(0, 1)) - 0.5F;
  pixels(1, 2) = h * map(1, 2) + 0.5F * (pixels(1, 0) + pixels(1, 1)) - 0.5F;
  return pixels;
}

}  // namespace

LogitSmoother::LogitSmoother(double seconds) : seconds_(seconds) {
  if (!(seconds >= 0) || !std::isfinite(seconds)) {
    throw Error(ErrorKind::usage,
                "smoothing: found " + std::to_string(seconds) + ", seconds from 0 are allowed");
  }
}

void LogitSmoother::smooth(const Motion& motion, double elapsed, cv::Mat& logits) {
  if (seconds_ == 0) {
    return;
  }
  if (motion.cut || frames_ == 0 || average_.size() != logits.size()) {
    logits.copyTo(average_);
    frames_ = 1;
    return;
  }
  // The first frames' average is their mean: otherwise the very first one would weigh the most.
  const double whole = frames_ / (frames_ + 1.0);
  const auto past = static_cast<float>(std::min(whole, std::exp(-elapsed / seconds_)));
  ++frames_;

  const bool moves =
      motion.largest_shift() * static_cast<float>(std::max(logits.cols, logits.rows)) > least_shift;
  if (moves) {
    cv::warpAffine(average_, moved_, in_pixels(motion.to_previous, logits.size()), logits.size(),
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  }
  block_weight_.create(motion.misfit.size(), CV_32FC1);
  std::transform(motion.misfit.begin<float>(), motion.misfit.end<float>(),
                 block_weight_.begin<float>(), [&](float misfit) {
                   return past * std::clamp((fits_not - misfit) / (fits_not - fits), 0.0F, 1.0F);
                 });
  cv::resize(block_weight_, weight_, logits.size());
  for (int y = 0; y < logits.rows; ++y) {
    auto* now = logits.ptr<float>(y);
    auto* average = average_.ptr<float>(y);
    const auto* before = moves ? moved_.ptr<float>(y) : average;
    const auto* weight = weight_.ptr<float>(y);
    for (int x = 0; x < logits.cols; ++x) {
      now[x] += weight[x] * (before[x] - now[x]);
      average[x] = now[x];
    }
  }
}

}  // namespace bcnet::track
