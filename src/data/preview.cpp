#include "data/preview.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/pair_cache.h"
#include "image/overlay.h"

namespace bcnet::data {

cv::Mat draw_preview(const std::vector<Sample>& samples, const PreviewOptions& options) {
  const std::size_t count =
      std::min(samples.size(), static_cast<std::size_t>(std::max(1, options.count)));
  const int columns = static_cast<int>(std::ceil(std::sqrt(1.5 * static_cast<double>(count))));
  const int rows = (static_cast<int>(count) + columns - 1) / columns;
  constexpr int gap = 4;
  const int step = options.size + gap;
  cv::Mat grid(rows * step + gap, columns * step + gap, CV_8UC3, cv::Scalar::all(32));

  PairCache cache(samples, options.size, options.size, options.augment, 0, options.decode,
                  options.cut_to_field);
  const Donors donors{samples.size(), [&](std::size_t index) { return cache.get(index); }};
  cv::Mat pixels;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = i * samples.size() / count;
    augment(cache.get(index), options.size, options.size, options.augment, options.seed, 0, index,
            pixels, donors);
    cv::Mat mask;
    cv::extractChannel(pixels, mask, 3);
    mask = mask > ignored_mark;
    cv::Mat image;
    cv::cvtColor(pixels, image, cv::COLOR_RGBA2RGB);
    OverlayStyle style;
    style.tint = 0;
    const int cell = static_cast<int>(i);
    const cv::Rect place(gap + cell % columns * step, gap + cell / columns * step, options.size,
                         options.size);
    draw_overlay(image, mask, style).copyTo(grid(place));
  }
  return grid;
}

}  // namespace bcnet::data
