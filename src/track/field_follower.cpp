#include "track/field_follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "bcnet/error.h"
#include "image/field_of_view.h"
#include "infer/logits.h"

namespace bcnet::track {

namespace {

constexpr double same_field = 0.9;        ///< IoU of boxes: nothing changed
constexpr double same_candidate = 0.95;   ///< IoU of boxes: found again
constexpr int least_frames = 3;           ///< in a row that show another field
constexpr double worth_widening = 1.005;  ///< of the outline's area

int bytes_per_pixel(PixelFormat format) {
  switch (format) {
    case PixelFormat::gray8:
      return 1;
    case PixelFormat::rgba8:
    case PixelFormat::bgra8:
      return 4;
    default:
      return 3;
  }
}

/// The part of an image that lies in a rectangle inside it.
ImageView part_of(const ImageView& image, const cv::Rect& rect) {
  const auto pixel = static_cast<std::size_t>(bytes_per_pixel(image.format));
  ImageView part = image;
  part.stride = image.stride != 0 ? image.stride : pixel * static_cast<std::size_t>(image.width);
  part.data +=
      part.stride * static_cast<std::size_t>(rect.y) + pixel * static_cast<std::size_t>(rect.x);
  part.width = rect.width;
  part.height = rect.height;
  return part;
}

double overlap(const cv::Rect& a, const cv::Rect& b) {
  const double common = (a & b).area();
  return common / (static_cast<double>(a.area()) + b.area() - common);
}

}  // namespace

FieldFollower::FieldFollower(const FieldOptions& options) : options_(options) {
  if (options.roi && (options.roi->width < 1 || options.roi->height < 1)) {
    throw Error(ErrorKind::usage, fmt::format("roi: found {}x{} pixels, at least 1x1 is allowed",
                                              options.roi->width, options.roi->height));
  }
}

Field FieldFollower::find(const ImageView& image) const {
  const cv::Rect all = infer::seen_part(image, /*whole_frame=*/true);
  const cv::Rect looked_at = options_.roi.value_or(all) & all;
  if (looked_at.empty()) {
    throw Error(ErrorKind::data,
                fmt::format("roi: found {}x{} pixels at ({}, {}), outside of a frame of {}x{}",
                            options_.roi->width, options_.roi->height, options_.roi->x,
                            options_.roi->y, all.width, all.height));
  }
  const FieldOfView found = infer::seen_field(part_of(image, looked_at), options_.whole_frame);
  Field field;
  field.box = found.box + looked_at.tl();
  for (const cv::Point& corner : found.outline) {
    // Pixel centres, outwards to the box where they lie at its edge.
    const auto share = [](int at, int from, int size) {
      return size < 2 ? 0.0F
                      : std::clamp(static_cast<float>(at - from) / static_cast<float>(size - 1),
                                   0.0F, 1.0F);
    };
    field.outline.emplace_back(share(corner.x, found.box.x, found.box.width),
                               share(corner.y, found.box.y, found.box.height));
  }
  return field;
}

void FieldFollower::take(const Field& found) {
  const int version = field_.version + 1;
  field_ = found;
  field_.version = version;
  candidate_frames_ = 0;
}

// Mucosa that was in the dark before belongs to the field, too.
void FieldFollower::widen(const Field& found) {
  if (field_.outline.empty() || found.outline.empty()) {
    return;
  }
  std::vector<cv::Point2f> corners = field_.outline;
  for (const cv::Point2f& corner : found.outline) {
    const auto moved = [](float share, int from, int size, int box_from, int box_size) {
      const float at = static_cast<float>(from - box_from) + share * static_cast<float>(size - 1);
      return std::clamp(at / static_cast<float>(std::max(1, box_size - 1)), 0.0F, 1.0F);
    };
    corners.emplace_back(
        moved(corner.x, found.box.x, found.box.width, field_.box.x, field_.box.width),
        moved(corner.y, found.box.y, found.box.height, field_.box.y, field_.box.height));
  }
  std::vector<cv::Point2f> hull;
  cv::convexHull(corners, hull);
  if (cv::contourArea(hull) > worth_widening * cv::contourArea(field_.outline)) {
    field_.outline = hull;
    ++field_.version;
  }
}

/// Whether a field other than the present one has been found long enough.
bool FieldFollower::has_settled(const Field& found, double seconds) {
  if (candidate_frames_ == 0 || seconds < candidate_since_ ||
      overlap(found.box, candidate_.box) < same_candidate) {
    candidate_frames_ = 0;
    candidate_since_ = seconds;
  }
  candidate_ = found;
  ++candidate_frames_;
  const bool within = (found.box & field_.box) == found.box;
  return candidate_frames_ >= least_frames &&
         seconds - candidate_since_ >= (within ? shrink_seconds : settle_seconds);
}

const Field& FieldFollower::next(const ImageView& image, double seconds) {
  const cv::Size size(image.width, image.height);
  const bool anew = frame_ != size;
  const bool searched_lately = seconds >= searched_ && seconds - searched_ < search_seconds;
  if (!anew && (options_.whole_frame || (candidate_frames_ == 0 && searched_lately))) {
    return field_;
  }
  const Field found = find(image);
  frame_ = size;
  searched_ = seconds;
  if (anew) {
    take(found);
  } else if (overlap(found.box, field_.box) >= same_field) {
    candidate_frames_ = 0;
    widen(found);
  } else if (has_settled(found, seconds)) {
    take(found);
  }
  return field_;
}

void FieldFollower::reset() { frame_ = {-1, -1}; }

}  // namespace bcnet::track
