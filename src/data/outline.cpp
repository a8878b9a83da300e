#include "data/outline.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace bcnet::data {

namespace {

using Outline = std::vector<cv::Point>;

/// Puts a hole's outline into the one that the row left of its leftmost point first meets.
void join_hole(const cv::Mat& mask, Outline hole, std::vector<Outline>& pieces) {
  const auto leftmost =
      std::min_element(hole.begin(), hole.end(), [](const cv::Point& a, const cv::Point& b) {
        return std::pair(a.x, a.y) < std::pair(b.x, b.y);
      });
  std::rotate(hole.begin(), leftmost, hole.end());
  hole.push_back(hole.front());
  cv::Point at = hole.front();
  while (true) {
    for (Outline& piece : pieces) {
      const auto found = std::find(piece.begin(), piece.end(), at);
      if (found != piece.end()) {
        hole.push_back(*found);  // back again, from where the piece's own outline goes on
        piece.insert(found + 1, hole.begin(), hole.end());
        return;
      }
    }
    if (at.x == 0 || mask.at<std::uint8_t>(at.y, at.x - 1) == 0) {
      return;  // an outline that no piece has: whoever draws it again sees the difference
    }
    --at.x;
  }
}

/// Without the points in the middle of straight steps.
Outline without_middles(const Outline& outline) {
  Outline corners;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const cv::Point& before = outline[(i + outline.size() - 1) % outline.size()];
    const cv::Point& after = outline[(i + 1) % outline.size()];
    if (outline[i] - before != after - outline[i]) {
      corners.push_back(outline[i]);
    }
  }
  return corners.empty() ? outline : corners;
}

}  // namespace

std::vector<Outline> pixel_outlines(const cv::Mat& mask) {
  std::vector<Outline> outlines;
  std::vector<cv::Vec4i> family;  // next, previous, first child, parent
  cv::findContours(mask, outlines, family, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
  std::vector<Outline> pieces;
  std::vector<Outline> holes;
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    (family[i][3] < 0 ? pieces : holes).push_back(std::move(outlines[i]));
  }
  // From the left on: what a hole's row meets is then joined already.
  const auto left = [](const Outline& outline) {
    return std::min_element(outline.begin(), outline.end(),
                            [](const cv::Point& a, const cv::Point& b) { return a.x < b.x; })
        ->x;
  };
  std::stable_sort(holes.begin(), holes.end(),
                   [&](const Outline& a, const Outline& b) { return left(a) < left(b); });
  for (Outline& hole : holes) {
    join_hole(mask, std::move(hole), pieces);
  }
  for (Outline& piece : pieces) {
    piece = without_middles(piece);
    constexpr std::size_t fewest = 3;  // that a polygon has; more of one point change nothing
    piece.resize(std::max(piece.size(), fewest), piece.back());
  }
  return pieces;
}

}  // namespace bcnet::data
