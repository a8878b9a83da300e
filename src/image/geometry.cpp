#include "image/geometry.h"

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

}  // namespace bcnet
