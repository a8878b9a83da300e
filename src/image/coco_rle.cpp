#include "image/coco_rle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace bcnet {

namespace {

/// Pixels in column order.
std::uint64_t pixels_of(const cv::Mat& mask) {
  return static_cast<std::uint64_t>(mask.rows) * static_cast<std::uint64_t>(mask.cols);
}

/// Sets pixels first..end-1, counted in column order.
void fill(cv::Mat& mask, std::uint64_t first, std::uint64_t end) {
  const auto rows = static_cast<std::uint64_t>(mask.rows);
  while (first < end) {
    const std::uint64_t column_end = std::min(end, (first / rows + 1) * rows);
    const auto length = static_cast<int>(column_end - first);
    mask(cv::Rect(static_cast<int>(first / rows), static_cast<int>(first % rows), 1, length))
        .setTo(255);
    first = column_end;
  }
}

/// Calls visit with the points of a line at full steps of its longer side, its end included. They
/// come in the line's direction, but are computed from the smaller coordinate on, so that a line
/// there and back is the same one.
template <typename Visit>
void walk_line(cv::Point from, cv::Point to, const Visit& visit) {
  const int dx = std::abs(to.x - from.x);
  const int dy = std::abs(to.y - from.y);
  const bool flat = dx >= dy;
  const bool backwards = flat ? from.x > to.x : from.y > to.y;
  if (backwards) {
    std::swap(from, to);
  }
  const int length = std::max(dx, dy);
  const double slope =
      length == 0 ? 0 : static_cast<double>(flat ? to.y - from.y : to.x - from.x) / length;
  for (int d = 0; d <= length; ++d) {
    const int t = backwards ? length - d : d;
    const auto across = [&](int start) { return static_cast<int>(start + slope * t + 0.5); };
    visit(flat ? cv::Point(from.x + t, across(from.y)) : cv::Point(across(from.x), from.y + t));
  }
}

/// Throws for outlines that would take minutes to walk: longer than a hundred times the frame.
void require_walkable(const std::vector<cv::Point>& corners, const cv::Mat& mask) {
  constexpr std::int64_t least = 100'000'000;
  std::int64_t length = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const cv::Point step = corners[(i + 1) % corners.size()] - corners[i];
    length += std::max(std::abs(step.x), std::abs(step.y));
  }
  const std::int64_t most = std::max(least, 100 * static_cast<std::int64_t>(pixels_of(mask)));
  if (length > most) {
    throw std::invalid_argument(fmt::format(
        "a polygon's outline is {} fifths of a pixel long, {} are allowed", length, most));
  }
}

}  // namespace

Runs encode_runs(const cv::Mat& mask) {
  Runs runs;
  bool inside = false;
  std::uint32_t length = 0;
  for (int x = 0; x < mask.cols; ++x) {
    for (int y = 0; y < mask.rows; ++y) {
      if ((mask.at<std::uint8_t>(y, x) != 0) != inside) {
        runs.push_back(length);
        length = 0;
        inside = !inside;
      }
      ++length;
    }
  }
  runs.push_back(length);
  return runs;
}

void check_runs(const Runs& runs, int width, int height) {
  std::uint64_t all = 0;
  for (const std::uint32_t run : runs) {
    all += run;
  }
  const auto pixels = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  if (all != pixels) {
    throw std::invalid_argument(fmt::format("run lengths cover {} pixels, its image has {}x{} = {}",
                                            all, width, height, pixels));
  }
}

void draw_runs(cv::Mat& mask, const Runs& runs) {
  check_runs(runs, mask.cols, mask.rows);
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i % 2 == 1) {
      fill(mask, at, at + runs[i]);
    }
    at += runs[i];
  }
}

// Each number is the difference to the one two before it (from the fourth on), five bits a
// character from the lowest up, 32 more where another follows; the last one's bit 16 is the sign.
std::string runs_text(const Runs& runs) {
  std::string text;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    std::int64_t rest = runs[i];
    if (i > 2) {
      rest -= runs[i - 2];
    }
    bool more = true;
    while (more) {
      auto bits = static_cast<int>(rest & 0x1F);
      rest >>= 5;
      more = (bits & 0x10) != 0 ? rest != -1 : rest != 0;
      if (more) {
        bits |= 0x20;
      }
      text += static_cast<char>(bits + '0');
    }
  }
  return text;
}

Runs parse_runs(const std::string& text) {
  Runs runs;
  for (std::size_t i = 0; i < text.size();) {
    std::int64_t value = 0;
    int shift = 0;
    bool more = true;
    while (more) {
      constexpr int longest = 35;  // bits: no run is longer
      const int bits = i < text.size() ? text[i] - '0' : -1;
      if (bits < 0 || bits > 0x3F || shift > longest) {
        throw std::invalid_argument(
            fmt::format("compressed run lengths are broken at character {}", i + 1));
      }
      value |= static_cast<std::int64_t>(bits & 0x1F) << shift;
      shift += 5;
      more = (bits & 0x20) != 0;
      if (!more && (bits & 0x10) != 0) {
        value -= std::int64_t{1} << shift;
      }
      ++i;
    }
    if (runs.size() > 2) {
      value += runs[runs.size() - 2];
    }
    if (value < 0 || value > UINT32_MAX) {
      throw std::invalid_argument(
          fmt::format("compressed run lengths hold {} at character {}", value, i));
    }
    runs.push_back(static_cast<std::uint32_t>(value));
  }
  return runs;
}

void draw_coco_polygon(cv::Mat& mask, const std::vector<cv::Point2d>& points) {
  constexpr double fine = 5;
  std::vector<cv::Point> corners;
  for (const cv::Point2d& point : points) {
    corners.emplace_back(static_cast<int>(fine * point.x + 0.5),
                         static_cast<int>(fine * point.y + 0.5));
  }
  require_walkable(corners, mask);
  // Where the border crosses the middle of a column, the pixels below it change sides.
  std::vector<std::uint64_t> changes;
  bool started = false;
  cv::Point before;
  const auto step_to = [&](const cv::Point& now) {
    const cv::Point last = std::exchange(before, now);
    if (!std::exchange(started, true) || now.x == last.x) {
      return;
    }
    const int left = now.x < last.x ? now.x : now.x - 1;
    const double x = (left + 0.5) / fine - 0.5;
    if (std::floor(x) != x || x < 0 || x > mask.cols - 1) {
      return;
    }
    const double y = (std::min(now.y, last.y) + 0.5) / fine - 0.5;
    const double row = std::ceil(std::clamp(y, 0.0, static_cast<double>(mask.rows)));
    changes.push_back(static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(mask.rows) +
                      static_cast<std::uint64_t>(row));
  };
  for (std::size_t i = 0; i < corners.size(); ++i) {
    walk_line(corners[i], corners[(i + 1) % corners.size()], step_to);
  }
  std::sort(changes.begin(), changes.end());
  for (std::size_t i = 0; i + 1 < changes.size(); i += 2) {
    fill(mask, changes[i], changes[i + 1]);
  }
  if (changes.size() % 2 == 1) {
    fill(mask, changes.back(), pixels_of(mask));
  }
}

}  // namespace bcnet
