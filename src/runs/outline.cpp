#include "runs/outline.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace bcnet::runs {

std::string outline_path(const cv::Mat& mask) {
  constexpr std::size_t most_pieces = 100;
  constexpr double tolerance = 0.8;  // pixels
  std::vector<std::vector<cv::Point>> pieces;
  cv::findContours(mask, pieces, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  pieces.resize(std::min(pieces.size(), most_pieces));
  std::string path;
  for (const auto& piece : pieces) {
    std::vector<cv::Point> corners;
    cv::approxPolyDP(piece, corners, tolerance, true);
    for (std::size_t i = 0; i < corners.size(); ++i) {
      path += i == 0 ? "M" : i == 1 ? "L" : " ";
      fmt::format_to(std::back_inserter(path), "{} {}", corners[i].x, corners[i].y);
    }
    path += "Z";
  }
  return path;
}

bool is_outline_path(const std::string& text) {
  return text.find_first_not_of("MLZ0123456789 ") == std::string::npos;
}

}  // namespace bcnet::runs
