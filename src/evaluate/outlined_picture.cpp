#include "evaluate/outlined_picture.h"

#include <algorithm>

#include "image/codec.h"
#include "image/geometry.h"
#include "image/overlay.h"
#include "report/cases.h"

namespace bcnet::evaluate {

namespace {

constexpr int jpeg_quality = 85;

/// "#rrggbb" as RGB.
cv::Scalar rgb_of(const std::string& colour) {
  constexpr int base = 16;
  const auto channel = [&](std::size_t at) {
    return std::stoi(colour.substr(at, 2), nullptr, base);
  };
  return {static_cast<double>(channel(1)), static_cast<double>(channel(3)),
          static_cast<double>(channel(5))};
}

}  // namespace

std::vector<unsigned char> outlined_picture(const data::Pair& pair, const cv::Mat& prediction,
                                            const std::string& colour, int widest) {
  cv::Mat image = pair.image;
  cv::Mat truth = pair.mask;
  cv::Mat found = prediction;
  if (image.cols > widest) {
    const int height = std::max(1, image.rows * widest / image.cols);
    image = resize_image(image, widest, height);
    truth = resize_mask(truth, widest, height);
    found = resize_mask(found, widest, height);
  }
  return encode_jpeg(
      draw_outline(draw_outline(image, truth, rgb_of(report::truth_colour)), found, rgb_of(colour)),
      jpeg_quality);
}

}  // namespace bcnet::evaluate
