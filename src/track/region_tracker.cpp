#include "track/region_tracker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <tuple>

#include "bcnet/error.h"
#include "image/regions.h"

namespace bcnet::track {

namespace {

constexpr int grid = 96;              ///< the field in cells, in which overlap is counted
constexpr double same_region = 0.25;  ///< common cells as a share of the smaller one's
constexpr double rounding = 1e-6;     ///< seconds

void check(const char* name, double seconds) {
  if (!(seconds >= 0) || !std::isfinite(seconds)) {
    throw Error(ErrorKind::usage,
                fmt::format("{}: found {}, seconds from 0 are allowed", name, seconds));
  }
}

/// The places of a field's pixels as shares of it and back.
class Places {
 public:
  explicit Places(const cv::Rect& field) : field_(field) {}

  cv::Point2f share(const Point& pixel) const {
    return {(static_cast<float>(pixel.x - field_.x) + 0.5F) / static_cast<float>(field_.width),
            (static_cast<float>(pixel.y - field_.y) + 0.5F) / static_cast<float>(field_.height)};
  }

  cv::Point pixel(const cv::Point2f& share) const {
    const auto place = [](float at, int from, int size) {
      return from +
             std::clamp(static_cast<int>(std::floor(at * static_cast<float>(size))), 0, size - 1);
    };
    return {place(share.x, field_.x, field_.width), place(share.y, field_.y, field_.height)};
  }

  /// Of a corner of Field::outline, whose shares are from the first pixel's centre to the last's.
  cv::Point outline_pixel(const cv::Point2f& share) const {
    const auto place = [](float at, int from, int size) {
      return from + cvRound(at * static_cast<float>(size - 1));
    };
    return {place(share.x, field_.x, field_.width), place(share.y, field_.y, field_.height)};
  }

 private:
  cv::Rect field_;
};

/// A region in cells of the field.
struct Cells {
  cv::Mat mask;  ///< 8UC1, grid x grid
  cv::Rect box;
  int count = 0;
};

Cells cells_of(const std::vector<cv::Point2f>& outline) {
  std::vector<cv::Point> corners;
  for (const cv::Point2f& at : outline) {
    // Far outside is as good as a little outside.
    const auto cell = [](float share) {
      return static_cast<int>(std::floor(std::clamp(share, -1.0F, 2.0F) * grid));
    };
    corners.emplace_back(cell(at.x), cell(at.y));
  }
  Cells cells;
  cells.mask = cv::Mat::zeros(grid, grid, CV_8UC1);
  cv::fillPoly(cells.mask, std::vector<std::vector<cv::Point>>{corners}, cv::Scalar(1));
  cells.box = cv::boundingRect(corners) & cv::Rect(0, 0, grid, grid);
  cells.count = cv::countNonZero(cells.mask);
  return cells;
}

int common_cells(const Cells& a, const Cells& b) {
  const cv::Rect box = a.box & b.box;
  return box.empty() ? 0 : cv::countNonZero(a.mask(box) & b.mask(box));
}

void erase(cv::Mat& mask, const Polyp& polyp) {
  constexpr int connected = 8;  // as regions are
  cv::floodFill(mask, {polyp.polygon.front().x, polyp.polygon.front().y}, 0, nullptr, {}, {},
                connected);
}

/// Puts a region into the mask by its corners, as far as it lies within the field's edge, which may
/// be empty: there is none. Sets the polyp's outline and box, and its area where it lost a part;
/// false where nothing of it is left. One that falls apart is its largest piece.
bool show(const std::vector<cv::Point>& corners, const std::vector<cv::Point>& edge, cv::Mat& mask,
          Polyp& polyp) {
  std::vector<cv::Point> polygon = corners;
  cv::Rect box = cv::boundingRect(corners);
  if (!edge.empty()) {
    cv::Mat region = cv::Mat::zeros(box.size(), CV_8UC1);
    cv::fillPoly(region, std::vector<std::vector<cv::Point>>{corners}, cv::Scalar(255), cv::LINE_8,
                 0, -box.tl());
    cv::Mat inside = cv::Mat::zeros(box.size(), CV_8UC1);
    cv::fillPoly(inside, std::vector<std::vector<cv::Point>>{edge}, cv::Scalar(255), cv::LINE_8, 0,
                 -box.tl());
    const int before = cv::countNonZero(region);
    region &= inside;
    if (cv::countNonZero(region) < before) {
      const std::vector<Region> pieces = find_regions(region);
      if (pieces.empty()) {
        return false;
      }
      polygon = pieces.front().polygon;
      for (cv::Point& corner : polygon) {
        corner += box.tl();
      }
      box = pieces.front().box + box.tl();
      polyp.area_percent = 100.0 * pieces.front().area_px / static_cast<double>(mask.total());
    }
  }
  cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{polygon}, cv::Scalar(255));
  polyp.box = {box.x, box.y, box.width, box.height};
  for (const cv::Point& corner : polygon) {
    polyp.polygon.push_back({corner.x, corner.y});
  }
  return true;
}

}  // namespace

RegionTracker::RegionTracker(const DurationOptions& options) : options_(options) {
  check("min_duration", options.min_duration);
  check("max_gap", options.max_gap);
}

void RegionTracker::next(const Motion& motion, const cv::Rect& field,
                         const std::vector<cv::Point2f>& outline, std::int64_t number,
                         double seconds, Segmentation& result, std::vector<Finding>& findings) {
  const Places places(field);
  const double elapsed = std::max(0.0, seconds - seconds_);
  const bool backwards = seconds < seconds_;
  seconds_ = seconds;
  if (motion.cut || backwards) {
    tracks_.clear();
  }
  cv::Matx33f to_previous = cv::Matx33f::eye();
  std::copy(std::begin(motion.to_previous.val), std::end(motion.to_previous.val), to_previous.val);
  const cv::Matx33f to_now = to_previous.inv();
  std::vector<Cells> known;
  for (Track& track : tracks_) {
    for (cv::Point2f& at : track.outline) {
      const cv::Vec3f moved = to_now * cv::Vec3f(at.x, at.y, 1);
      at = {moved[0], moved[1]};
    }
    known.push_back(cells_of(track.outline));
  }

  std::vector<Track> seen(result.regions.size());
  std::vector<Cells> found;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const Polyp& polyp = result.regions[i];
    for (const Point& corner : polyp.polygon) {
      seen[i].outline.push_back(places.share(corner));
    }
    seen[i].area_percent = polyp.area_percent;
    seen[i].confidence = polyp.confidence;
    seen[i].finding.first_frame = number;
    seen[i].finding.first_seconds = seconds;
    found.push_back(cells_of(seen[i].outline));
  }

  // Who overlaps with whom: those that are shown before others, then the best fit.
  struct Overlap {
    std::size_t track;
    std::size_t region;
    double iou;
  };
  std::vector<Overlap> overlaps;
  std::vector<bool> covered(tracks_.size(), false);  // by any region of this frame
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    for (std::size_t r = 0; r < found.size(); ++r) {
      const int common = common_cells(known[t], found[r]);
      covered[t] = covered[t] || common > 0;
      if (common > 0 && common >= same_region * std::min(known[t].count, found[r].count)) {
        overlaps.push_back(
            {t, r, common / static_cast<double>(known[t].count + found[r].count - common)});
      }
    }
  }
  std::sort(overlaps.begin(), overlaps.end(), [&](const Overlap& a, const Overlap& b) {
    const auto key = [&](const Overlap& overlap) {
      const bool hidden = tracks_[overlap.track].finding.number == 0;
      return std::make_tuple(hidden, -overlap.iou, overlap.track, overlap.region);
    };
    return key(a) < key(b);
  });
  std::vector<bool> gone_on(tracks_.size(), false);
  std::vector<bool> known_before(seen.size(), false);
  for (const Overlap& overlap : overlaps) {
    const Track& track = tracks_[overlap.track];
    Track& region = seen[overlap.region];
    const double seen_seconds = track.seen_seconds + (track.missing ? 0.0 : elapsed);
    if (!gone_on[overlap.track] && !known_before[overlap.region]) {
      gone_on[overlap.track] = true;
      known_before[overlap.region] = true;
      region.finding = track.finding;
    }
    region.seen_seconds = std::max(region.seen_seconds, seen_seconds);  // a part of it, too
  }

  findings.clear();
  std::vector<Polyp> shown;
  cv::Mat mask(result.height, result.width, CV_8UC1, result.mask.data());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    Track& track = seen[i];
    track.finding.last_frame = number;
    track.finding.last_seconds = seconds;
    if (track.finding.number == 0) {
      if (track.seen_seconds + rounding < options_.min_duration) {
        erase(mask, result.regions[i]);
        continue;
      }
      track.finding.number = ++shown_;
    }
    shown.push_back(std::move(result.regions[i]));
    findings.push_back(track.finding);
  }

  std::vector<cv::Point> edge;
  for (const cv::Point2f& at : outline) {
    edge.push_back(places.outline_pixel(at));
  }
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    Track& track = tracks_[t];
    const bool visible = known[t].count > 0;  // it has not left the field
    if (gone_on[t] || !visible ||
        seconds - track.finding.last_seconds > options_.max_gap + rounding) {
      continue;
    }
    track.missing = true;
    if (track.finding.number > 0 && !covered[t]) {
      std::vector<cv::Point> corners;
      Polyp polyp;
      for (const cv::Point2f& at : track.outline) {
        corners.push_back(places.pixel(at));
      }
      polyp.area_percent = track.area_percent;
      polyp.confidence = track.confidence;
      if (!show(corners, edge, mask, polyp)) {
        continue;  // it has left the field by one of its dark corners
      }
      shown.push_back(std::move(polyp));
      findings.push_back(track.finding);
    }
    seen.push_back(std::move(track));
  }
  tracks_ = std::move(seen);
  result.regions = std::move(shown);
}

}  // namespace bcnet::track
