#include "metrics/lesions.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace bcnet::metrics {
namespace {

cv::Mat wrap(const MaskView& mask) {  // only read
  return {mask.height, mask.width, CV_8UC1, const_cast<std::uint8_t*>(mask.data)};
}

/// Pieces of one mask: how many there are, and how many the other mask has a pixel in.
struct Pieces {
  std::size_t all = 0;
  std::size_t touched = 0;
};

Pieces count_pieces(const MaskView& mask, const MaskView& other) {
  cv::Mat labels;  // 0 is the background
  const int count = cv::connectedComponents(wrap(mask), labels, 8, CV_32S);
  std::vector<char> touched(static_cast<std::size_t>(count));
  const int* label = labels.ptr<int>();
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (other.data[i] != 0) {
      touched[static_cast<std::size_t>(label[i])] = 1;
    }
  }
  return {touched.size() - 1,
          static_cast<std::size_t>(std::count(touched.begin() + 1, touched.end(), 1))};
}

}  // namespace

LesionCounts count_lesions(const MaskView& prediction, const MaskView& truth) {
  const Pieces wanted = count_pieces(truth, prediction);
  const Pieces predicted = count_pieces(prediction, truth);
  return {wanted.touched, wanted.all - wanted.touched, predicted.all - predicted.touched};
}

}  // namespace bcnet::metrics
