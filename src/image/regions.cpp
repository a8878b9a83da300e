#include "image/regions.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <tuple>

namespace bcnet {

namespace {

/// inside: 8UC1 of the box's size.
double mean_inside(const ProbabilityOf& probability, const cv::Mat& inside, const cv::Rect& box) {
  constexpr int rows = 16;  // what stays in the cache
  double sum = 0;
  double area = 0;
  for (int y = 0; y < box.height; y += rows) {
    const cv::Rect strip(0, y, box.width, std::min(rows, box.height - y));
    const double count = cv::countNonZero(inside(strip));
    sum += count * cv::mean(probability(strip + box.tl()), inside(strip))[0];
    area += count;
  }
  return sum / area;
}

}  // namespace

std::vector<Region> find_regions(const cv::Mat& mask, const ProbabilityOf& probability) {
  // Outlines and their holes. Labelling every pixel costs 9 ms at 1348×1070, this 0.3.
  std::vector<std::vector<cv::Point>> outlines;
  std::vector<cv::Vec4i> family;  // next, previous, first child, parent
  cv::findContours(mask, outlines, family, cv::RETR_CCOMP, cv::CHAIN_APPROX_SIMPLE);
  std::vector<Region> regions;
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    if (family[i][3] >= 0) {
      continue;  // a hole
    }
    Region region;
    region.box = cv::boundingRect(outlines[i]);
    cv::Mat inside(region.box.size(), CV_8UC1, cv::Scalar(0));
    cv::drawContours(inside, outlines, static_cast<int>(i), cv::Scalar(255), cv::FILLED, cv::LINE_8,
                     family, 1, -region.box.tl());
    region.area_px = cv::countNonZero(inside);
    region.area_percent = 100.0 * region.area_px / static_cast<double>(mask.total());
    if (probability) {
      region.confidence = mean_inside(probability, inside, region.box);
    }
    region.polygon = std::move(outlines[i]);
    regions.push_back(std::move(region));
  }
  // The largest first, equal ones from the top: outlines begin at their uppermost pixel.
  std::sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) {
    const auto key = [](const Region& region) {
      return std::make_tuple(-region.area_px, region.polygon[0].y, region.polygon[0].x);
    };
    return key(a) < key(b);
  });
  return regions;
}

}  // namespace bcnet
