#include "data/fingerprint.h"

#include <opencv2/imgproc.hpp>

namespace bcnet::data {

Fingerprint fingerprint(const cv::Mat& image) {
  constexpr int side = 16;
  cv::Mat grey;
  cv::cvtColor(image, grey, cv::COLOR_RGB2GRAY);
  cv::Mat small;
  cv::resize(grey, small, {side + 1, side}, 0, 0, cv::INTER_AREA);
  Fingerprint bits;
  std::size_t bit = 0;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      bits[bit++] = small.at<unsigned char>(y, x) > small.at<unsigned char>(y, x + 1);
    }
  }
  return bits;
}

}  // namespace bcnet::data
