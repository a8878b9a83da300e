#include "image/outline.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace bcnet {

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

std::vector<cv::Point2f> edge_outline(const cv::Mat& piece) {
  const auto is_set = [&](const cv::Point& pixel) {
    return cv::Rect({}, piece.size()).contains(pixel) && piece.at<std::uint8_t>(pixel) != 0;
  };
  cv::Mat pixels;
  cv::findNonZero(piece, pixels);
  if (pixels.empty()) {
    return {};
  }
  // Along the edges between pixels, the piece on the right hand, from its first pixel's upper edge.
  const cv::Point start = pixels.at<cv::Point>(0);
  const cv::Point first(1, 0);
  cv::Point corner = start;
  cv::Point heading = first;
  std::vector<cv::Point2f> outline;
  do {
    outline.emplace_back(static_cast<float>(corner.x) + static_cast<float>(heading.x) / 2,
                         static_cast<float>(corner.y) + static_cast<float>(heading.y) / 2);
    corner += heading;
    const cv::Point right(-heading.y, heading.x);
    // The pixels ahead of the corner: the middle of each is half a step ahead and to the side.
    const auto ahead = [&](const cv::Point& side) {
      return cv::Point(corner.x + (heading.x + side.x - 1) / 2,
                       corner.y + (heading.y + side.y - 1) / 2);
    };
    if (is_set(ahead(-right))) {
      heading = -right;
    } else if (!is_set(ahead(right))) {
      heading = right;
    }
  } while (corner != start || heading != first);
  // Middles of pixels are 0.35 pixels away from it.
  constexpr double allowed = 0.15;
  std::vector<cv::Point2f> few;
  cv::approxPolyDP(outline, few, allowed, true);
  constexpr std::size_t fewest = 3;
  return few.size() < fewest ? outline : few;
}

}  // namespace bcnet
