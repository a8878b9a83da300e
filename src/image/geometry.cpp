#include "image/geometry.h"

#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "image/area_resize.h"

namespace bcnet {

void resize_image(const cv::Mat& image, int width, int height, cv::Mat& result) {
  if (image.size() == cv::Size(width, height)) {
    image.copyTo(result);
    return;
  }
  const bool shrinks = width <= image.cols && height <= image.rows;
  if (shrinks && image.depth() == CV_8U) {
    area_resize(image, width, height, result);
    return;
  }
  cv::resize(image, result, cv::Size(width, height), 0, 0,
             shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
}

cv::Mat resize_image(const cv::Mat& image, int width, int height) {
  cv::Mat result;
  resize_image(image, width, height, result);
  return result;
}

cv::Mat resize_mask(const cv::Mat& mask, int width, int height) {
  cv::Mat result;
  cv::resize(mask, result, cv::Size(width, height), 0, 0, cv::INTER_NEAREST_EXACT);
  return result;
}

cv::Size fitted(const cv::Size& size, int longer) {
  const double scale = static_cast<double>(longer) / std::max(size.width, size.height);
  const auto length = [&](int old) { return std::max(1, cvRound(old * scale)); };
  return {length(size.width), length(size.height)};
}

cv::Rect scaled(const cv::Rect& part, const cv::Size& from, const cv::Size& to) {
  const auto low = [](std::int64_t at, std::int64_t of, std::int64_t size) {
    return static_cast<int>(at * size / of);
  };
  const auto high = [](std::int64_t at, std::int64_t of, std::int64_t size) {
    return static_cast<int>((at * size + of - 1) / of);
  };
  return {cv::Point(low(part.x, from.width, to.width), low(part.y, from.height, to.height)),
          cv::Point(high(part.br().x, from.width, to.width),
                    high(part.br().y, from.height, to.height))};
}

}  // namespace bcnet
