#include "image/drawn_over.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace bcnet {

namespace {

// Chosen by looking at what is found on Kvasir-SEG's 900 images of training and validation and
// PolypGen's 1,537: 359 frames, all of them with such a map.
constexpr int beyond_red = 30;        ///< green or blue exceeds red by more; mucosa is red
constexpr int flat_step = 6;          ///< from a pixel to the next, at most
constexpr int same_colour = 12;       ///< from the picture's own colour, at most
constexpr double same_share = 0.7;    ///< of the picture's box, at least
constexpr double least_area = 0.008;  ///< share of the frame
constexpr double most_area = 0.15;
constexpr int blown_out = 250;  ///< a highlight

bool within(const cv::Vec3b& a, const cv::Vec3b& b, int most) {
  return std::abs(a[0] - b[0]) <= most && std::abs(a[1] - b[1]) <= most &&
         std::abs(a[2] - b[2]) <= most;
}

cv::Mat1b flat_and_foreign(const cv::Mat3b& small) {
  cv::Mat1b found(small.size(), 0);
  for (int y = 0; y < small.rows; ++y) {
    const cv::Vec3b* row = small[y];
    const cv::Vec3b* below = small[std::min(y + 1, small.rows - 1)];
    std::uint8_t* out = found[y];
    for (int x = 0; x < small.cols; ++x) {
      const cv::Vec3b& pixel = row[x];
      const cv::Vec3b& right = row[std::min(x + 1, small.cols - 1)];
      const bool foreign = pixel[0] + beyond_red < std::max(pixel[1], pixel[2]);
      if (foreign && within(pixel, right, flat_step) && within(pixel, below[x], flat_step)) {
        out[x] = 255;
      }
    }
  }
  return found;
}

/// The median of each channel over the pixels of a label, all of which lie in the box.
cv::Vec3b colour_of(const cv::Mat3b& small, const cv::Mat1i& labels, int label,
                    const cv::Rect& box) {
  std::array<std::vector<std::uint8_t>, 3> values;
  for (int y = box.y; y < box.y + box.height; ++y) {
    const int* row = labels[y];
    const cv::Vec3b* pixels = small[y];
    for (int x = box.x; x < box.x + box.width; ++x) {
      if (row[x] == label) {
        for (int channel = 0; channel < 3; ++channel) {
          values[channel].push_back(pixels[x][channel]);
        }
      }
    }
  }
  cv::Vec3b colour;
  for (int channel = 0; channel < 3; ++channel) {
    auto& of_channel = values[channel];
    const auto middle = of_channel.begin() + static_cast<std::ptrdiff_t>(of_channel.size() / 2);
    std::nth_element(of_channel.begin(), middle, of_channel.end());
    colour[channel] = *middle;
  }
  return colour;
}

}  // namespace

cv::Mat1b drawn_over(const cv::Mat3b& small) {
  cv::Mat1b drawn(small.size(), 0);
  const cv::Mat1b candidates = flat_and_foreign(small);
  const auto total = static_cast<double>(small.total());
  if (cv::countNonZero(candidates) < least_area * total) {
    return drawn;
  }
  cv::Mat1i labels, stats;
  cv::Mat centroids;
  const int count = cv::connectedComponentsWithStats(candidates, labels, stats, centroids);
  for (int label = 1; label < count; ++label) {
    const double share = stats(label, cv::CC_STAT_AREA) / total;
    if (share < least_area || share > most_area) {
      continue;
    }
    const cv::Rect box(stats(label, cv::CC_STAT_LEFT), stats(label, cv::CC_STAT_TOP),
                       stats(label, cv::CC_STAT_WIDTH), stats(label, cv::CC_STAT_HEIGHT));
    const cv::Vec3b colour = colour_of(small, labels, label, box);
    const cv::Scalar middle(colour[0], colour[1], colour[2]);
    cv::Mat same;
    cv::inRange(small(box), middle - cv::Scalar::all(same_colour),
                middle + cv::Scalar::all(same_colour), same);
    if (std::max(colour[1], colour[2]) < blown_out &&
        cv::countNonZero(same) >= same_share * box.area()) {
      const cv::Rect wider(box.tl() - cv::Point(1, 1), box.br() + cv::Point(1, 1));
      drawn(wider & cv::Rect({}, small.size())).setTo(255);
    }
  }
  return drawn;
}

}  // namespace bcnet
