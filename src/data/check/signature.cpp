#include "data/check/signature.h"

#include <algorithm>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>

#include "core/sha256.h"
#include "image/geometry.h"

namespace bcnet::data {

namespace {

constexpr int corner_side = 256;  ///< longer side of the image in which corners are sought
constexpr int corners = 100;

cv::Mat shrink(const cv::Mat& grey, int longer) {
  cv::Mat small;
  cv::resize(grey, small, fitted(grey.size(), longer), 0, 0,
             longer < std::max(grey.cols, grey.rows) ? cv::INTER_AREA : cv::INTER_LINEAR);
  return small;
}

/// Fingerprint and corners of an image of corner_side.
View make_view(const cv::Mat& image, const cv::Mat& grey) {
  // Few octaves: copies are cropped by tenths, not halved. The threshold is low for mucosa.
  const auto orb = cv::ORB::create(corners, 1.2F, 4, 15, 0, 2, cv::ORB::HARRIS_SCORE, 31, 5);
  View view;
  view.print = fingerprint(image);
  std::vector<cv::KeyPoint> found;
  orb->detectAndCompute(grey, {}, found, view.descriptors);
  constexpr float to_thumbnail = static_cast<float>(thumbnail_side) / corner_side;
  for (const cv::KeyPoint& point : found) {
    view.points.push_back(point.pt * to_thumbnail);
  }
  return view;
}

std::string pixels_sha256(const cv::Mat& image) {
  std::string bytes = std::to_string(image.cols) + 'x' + std::to_string(image.rows) + ':';
  for (int y = 0; y < image.rows; ++y) {
    bytes.append(image.ptr<char>(y), static_cast<std::size_t>(image.cols) * image.elemSize());
  }
  return sha256(bytes);
}

}  // namespace

Signature make_signature(const cv::Mat& image) {
  Signature signature;
  signature.sha256 = pixels_sha256(image);
  cv::Mat small = shrink(image, corner_side);
  for (View& view : signature.views) {
    cv::Mat grey;
    cv::cvtColor(small, grey, cv::COLOR_RGB2GRAY);
    if (signature.thumbnail.empty()) {
      signature.thumbnail = shrink(grey, thumbnail_side);
    }
    cv::GaussianBlur(grey, grey, {}, 1);
    view = make_view(small, grey);
    cv::flip(small, small, 1);
  }
  return signature;
}

}  // namespace bcnet::data
