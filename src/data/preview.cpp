#include "data/preview.h"

#include <opencv2/imgproc.hpp>

#include "data/pair_cache.h"
#include "data/preview_grid.h"
#include "image/overlay.h"

namespace bcnet::data {

cv::Mat draw_preview(const std::vector<Sample>& samples, const PreviewOptions& options) {
  PairCache cache(samples, options.size, options.size, options.augment, 0, options.decode,
                  options.cut_to_field);
  const Donors donors{samples.size(), [&](std::size_t index) { return cache.get(index); }};
  cv::Mat pixels;
  return draw_grid(samples.size(), options.count, options.size,
                   [&](std::size_t index, cv::Mat& cell) {
                     augment(cache.get(index), options.size, options.size, options.augment,
                             options.seed, 0, index, pixels, donors);
                     cv::Mat mask;
                     cv::extractChannel(pixels, mask, 3);
                     mask = mask > ignored_mark;
                     cv::Mat image;
                     cv::cvtColor(pixels, image, cv::COLOR_RGBA2RGB);
                     draw_outline(image, mask).copyTo(cell);
                   });
}

}  // namespace bcnet::data
