#include "image/regions.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace bcnet {

std::vector<Region> find_regions(const cv::Mat& mask, const cv::Mat& probability) {
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centroids;
  const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8, CV_32S);
  std::vector<Region> regions;
  for (int label = 1; label < count; ++label) {  // label 0 is the background
    Region region;
    region.box =
        cv::Rect(stats.at<int>(label, cv::CC_STAT_LEFT), stats.at<int>(label, cv::CC_STAT_TOP),
                 stats.at<int>(label, cv::CC_STAT_WIDTH), stats.at<int>(label, cv::CC_STAT_HEIGHT));
    region.area_px = stats.at<int>(label, cv::CC_STAT_AREA);
    region.area_percent = 100.0 * region.area_px / static_cast<double>(mask.total());
    const cv::Mat inside = labels(region.box) == label;
    std::vector<std::vector<cv::Point>> outlines;
    cv::findContours(inside, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE, region.box.tl());
    region.polygon = std::move(outlines.front());
    if (!probability.empty()) {
      region.confidence = cv::mean(probability(region.box), inside)[0];
    }
    regions.push_back(std::move(region));
  }
  // Labels are numbered from the top: a stable sort keeps that order among equals.
  std::stable_sort(regions.begin(), regions.end(),
                   [](const Region& a, const Region& b) { return a.area_px > b.area_px; });
  return regions;
}

}  // namespace bcnet
