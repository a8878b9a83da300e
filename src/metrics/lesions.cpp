#include "metrics/lesions.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace bcnet::metrics {
namespace {

cv::Mat wrap(const MaskView& mask) {  // only read
  return {mask.height, mask.width, CV_8UC1, const_cast<std::uint8_t*>(mask.data)};
}

}  // namespace

std::vector<Lesion> match_lesions(const MaskView& mask, const MaskView& other) {
  cv::Mat labels;
  const int count = cv::connectedComponents(wrap(mask), labels, 8, CV_32S);
  std::vector<Lesion> lesions(static_cast<std::size_t>(count));
  const int* label = labels.ptr<int>();
  for (std::size_t i = 0; i < mask.size(); ++i) {
    Lesion& lesion = lesions[static_cast<std::size_t>(label[i])];
    ++lesion.pixels;
    lesion.met = lesion.met || other.data[i] != 0;
  }
  lesions.erase(lesions.begin());  // the background
  return lesions;
}

std::size_t count_met(const std::vector<Lesion>& lesions) {
  return static_cast<std::size_t>(std::count_if(lesions.begin(), lesions.end(),
                                                [](const Lesion& lesion) { return lesion.met; }));
}

}  // namespace bcnet::metrics
