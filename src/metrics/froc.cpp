#include "metrics/froc.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace bcnet::metrics {
namespace {

constexpr int connectivity = 8;

FrocPoint point_at(double confidence, const std::vector<Detections>& images) {
  const auto shown = [&](double finding) { return finding >= confidence; };
  std::size_t polyps = 0, found = 0, wrong = 0, empty = 0, empty_with_finding = 0;
  for (const Detections& image : images) {
    const auto false_shown = static_cast<std::size_t>(
        std::count_if(image.false_findings.begin(), image.false_findings.end(), shown));
    polyps += image.polyps.size();
    found +=
        static_cast<std::size_t>(std::count_if(image.polyps.begin(), image.polyps.end(), shown));
    wrong += false_shown;
    if (image.polyps.empty()) {
      ++empty;
      empty_with_finding += false_shown > 0 ? 1 : 0;
    }
  }
  const auto share = [](std::size_t part, std::size_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  FrocPoint point{confidence, {}, share(wrong, images.size()), {}};
  if (polyps > 0) {
    point.sensitivity = share(found, polyps);
  }
  if (empty > 0) {
    point.false_positive_rate = share(empty_with_finding, empty);
  }
  return point;
}

}  // namespace

Detections match_findings(const float* probability, float threshold, const MaskView& truth,
                          const RegionCalibration& calibration) {
  const cv::Mat map(truth.height, truth.width, CV_32FC1, const_cast<float*>(probability));
  const cv::Mat wanted(truth.height, truth.width, CV_8UC1, const_cast<std::uint8_t*>(truth.data));
  cv::Mat findings, polyps;
  const int finding_count =
      cv::connectedComponents(map >= threshold, findings, connectivity, CV_32S);
  const int polyp_count = cv::connectedComponents(wanted, polyps, connectivity, CV_32S);

  // 0 is the background in both.
  struct Finding {
    double sum = 0;
    std::size_t pixels = 0;
    bool on_polyp = false;
  };
  std::vector<Finding> all(static_cast<std::size_t>(finding_count));
  for (int y = 0; y < truth.height; ++y) {
    for (int x = 0; x < truth.width; ++x) {
      Finding& finding = all[static_cast<std::size_t>(findings.at<int>(y, x))];
      finding.sum += map.at<float>(y, x);
      ++finding.pixels;
      finding.on_polyp = finding.on_polyp || polyps.at<int>(y, x) > 0;
    }
  }
  const auto confidence = [&](int number) {
    const Finding& finding = all[static_cast<std::size_t>(number)];
    return calibration(finding.sum / static_cast<double>(finding.pixels));
  };
  Detections result;
  result.polyps.assign(static_cast<std::size_t>(polyp_count) - 1, -1.0);
  for (int y = 0; y < truth.height; ++y) {
    for (int x = 0; x < truth.width; ++x) {
      const int finding = findings.at<int>(y, x);
      const int polyp = polyps.at<int>(y, x);
      if (finding > 0 && polyp > 0) {
        double& best = result.polyps[static_cast<std::size_t>(polyp) - 1];
        best = std::max(best, confidence(finding));
      }
    }
  }
  for (int i = 1; i < finding_count; ++i) {
    const bool right = all[static_cast<std::size_t>(i)].on_polyp;
    (right ? result.true_findings : result.false_findings).push_back(confidence(i));
  }
  return result;
}

std::vector<FrocPoint> froc_curve(const std::vector<Detections>& images) {
  if (images.empty()) {
    return {};
  }
  std::vector<FrocPoint> curve;
  for (int percent = 0; percent < 100; percent += 5) {
    curve.push_back(point_at(percent / 100.0, images));
  }
  return curve;
}

}  // namespace bcnet::metrics
