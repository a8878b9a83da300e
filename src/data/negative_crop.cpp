#include "data/negative_crop.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace bcnet::data {

namespace {

/// 255 where a picture is dark and connected to its edge through dark pixels.
cv::Mat find_border(const cv::Mat& image, int darkest) {
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  cv::Mat brightest = cv::max(cv::max(channels[0], channels[1]), channels[2]);
  cv::medianBlur(brightest, brightest, 5);  // the specks that JPEG leaves in the black
  const cv::Mat dark = brightest < darkest;
  cv::Mat labels;
  const int count = cv::connectedComponents(dark, labels, 8, CV_32S);
  std::vector<std::uint8_t> touches(static_cast<std::size_t>(count), 0);
  const auto mark = [&](int x, int y) {
    const auto label = static_cast<std::size_t>(labels.at<int>(y, x));
    touches[label] = label == 0 ? 0 : 255;  // label 0 is what is not dark
  };
  for (int x = 0; x < image.cols; ++x) {
    mark(x, 0);
    mark(x, image.rows - 1);
  }
  for (int y = 0; y < image.rows; ++y) {
    mark(0, y);
    mark(image.cols - 1, y);
  }
  cv::Mat border(image.size(), CV_8UC1);
  std::transform(labels.begin<int>(), labels.end<int>(), border.begin<std::uint8_t>(),
                 [&](int label) { return touches[static_cast<std::size_t>(label)]; });
  return border;
}

/// The largest square without a foreground pixel, by the well-known recurrence: the side of
/// the square that ends at a pixel is 1 + the least of its three neighbours'.
cv::Rect largest_free_square(const cv::Mat& taken) {
  cv::Mat side(taken.size(), CV_32SC1, cv::Scalar(0));
  cv::Rect best;
  for (int y = 0; y < taken.rows; ++y) {
    for (int x = 0; x < taken.cols; ++x) {
      if (taken.at<std::uint8_t>(y, x) != 0) {
        continue;
      }
      const bool inside = x > 0 && y > 0;
      const int length = !inside ? 1
                                 : 1 + std::min({side.at<int>(y - 1, x), side.at<int>(y, x - 1),
                                                 side.at<int>(y - 1, x - 1)});
      side.at<int>(y, x) = length;
      if (length > best.width) {
        best = {x - length + 1, y - length + 1, length, length};
      }
    }
  }
  return best;
}

}  // namespace

std::optional<cv::Rect> find_negative_crop(const cv::Mat& image, const cv::Mat& mask,
                                           const NegativeCropRules& rules) {
  cv::Mat taken = find_border(image, rules.darkest) | mask;
  const int margin = cvCeil(rules.margin * std::min(image.cols, image.rows));
  if (margin > 0) {
    cv::dilate(taken, taken,
               cv::getStructuringElement(cv::MORPH_RECT, {2 * margin + 1, 2 * margin + 1}));
  }
  const cv::Rect square = largest_free_square(taken);
  if (square.area() < rules.smallest_share * static_cast<double>(image.total())) {
    return {};
  }
  return square;
}

}  // namespace bcnet::data
