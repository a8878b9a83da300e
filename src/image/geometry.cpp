#include "image/geometry.h"

#include <opencv2/imgproc.hpp>

#include "image/area_resize.h"

namespace bcnet {

cv::Mat resize_image(const cv::Mat& image, int width, int height) {
  if (image.size() == cv::Size(width, height)) {
    return image.clone();
  }
  const bool shrinks = width <= image.cols && height <= image.rows;
  if (shrinks && image.depth() == CV_8U) {
    return area_resize(image, width, height);
  }
  cv::Mat result;
  cv::resize(image, result, cv::Size(width, height), 0, 0,
             shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return result;
}

cv::Mat resize_mask(const cv::Mat& mask, int width, int height) {
  cv::Mat result;
  cv::resize(mask, result, cv::Size(width, height), 0, 0, cv::INTER_NEAREST_EXACT);
  return result;
}

}  // namespace bcnet
