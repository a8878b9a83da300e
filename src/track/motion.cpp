#include "track/motion.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "image/geometry.h"

namespace bcnet::track {

namespace {

constexpr int fine_size = 44;
constexpr int coarse_size = MotionFinder::blocks;

constexpr float dark = 16;      ///< green channel: below it nothing is seen
constexpr float glare = 240;    ///< above it neither
constexpr int fine_window = 9;  ///< pixels of a copy whose mean is the coarse part
constexpr int coarse_window = 9;
constexpr float fine_clip = 24;  ///< grey levels of texture
constexpr float coarse_clip = 40;

constexpr int reach = 6;  ///< of the search, in pixels of the coarse copy
constexpr int iterations = 8;
constexpr float good_enough = 2e-4F;  ///< change of the map in shares of the field
constexpr float most_change = 0.25F;  ///< of zoom, turn and shear from one frame to the next

constexpr int misfit_window = 5;   ///< blocks
constexpr float noise_energy = 8;  ///< square grey levels of texture that are as good as none
constexpr float tremble = 5e-5F;   ///< by so much noise makes a motion fit better than none
constexpr float doubtful_misfit = 0.2F;
constexpr float cut_misfit = 0.4F;

using Vector = cv::Vec<float, 6>;  ///< shift, then the linear part row by row
constexpr int parameters = Vector::channels;

/// A map of shares of the field, kept about the field's middle.
struct Affine {
  cv::Matx22f linear{1, 0, 0, 1};
  cv::Vec2f shift{0, 0};
};

Affine about_middle(const cv::Matx23f& map) {
  Affine affine;
  affine.linear = {map(0, 0), map(0, 1), map(1, 0), map(1, 1)};
  const cv::Vec2f middle(0.5F, 0.5F);
  affine.shift = affine.linear * middle + cv::Vec2f(map(0, 2), map(1, 2)) - middle;
  return affine;
}

cv::Matx23f of_shares(const Affine& affine) {
  const cv::Vec2f middle(0.5F, 0.5F);
  const cv::Vec2f at = middle + affine.shift - affine.linear * middle;
  return {affine.linear(0, 0), affine.linear(0, 1), at[0],
          affine.linear(1, 0), affine.linear(1, 1), at[1]};
}

/// map ∘ (the map of a step)⁻¹.
Affine step_back(const Affine& map, const Vector& step) {
  const cv::Matx22f linear =
      cv::Matx22f(1 + step[2], step[3], step[4], 1 + step[5]).inv(cv::DECOMP_LU);
  const cv::Vec2f shift = linear * cv::Vec2f(-step[0], -step[1]);
  return {map.linear * linear, map.linear * shift + map.shift};
}

/// A copy at places of it in pixels.
class Sampler {
 public:
  explicit Sampler(const cv::Mat& texture, const cv::Mat& seen)
      : texture_(texture.ptr<float>()), seen_(seen.ptr<float>()), size_(texture.cols) {}

  /// Whether the place is inside and seen; texture: bilinear.
  bool at(float x, float y, float& texture) const {
    if (!(x >= 0 && y >= 0)) {
      return false;
    }
    const int column = static_cast<int>(x);
    const int row = static_cast<int>(y);
    if (column + 1 >= size_ || row + 1 >= size_) {
      return false;
    }
    const float u = x - static_cast<float>(column);
    const float v = y - static_cast<float>(row);
    const int offset = row * size_ + column;
    const int nearest = offset + (v < 0.5F ? 0 : size_) + (u < 0.5F ? 0 : 1);
    const float* upper = texture_ + offset;
    const float* lower = upper + size_;
    const float above = upper[0] + u * (upper[1] - upper[0]);
    const float below = lower[0] + u * (lower[1] - lower[0]);
    texture = above + v * (below - above);
    return seen_[nearest] > 0;
  }

 private:
  const float* texture_;
  const float* seen_;
  int size_;
};

bool plausible(const Affine& map) {
  const cv::Matx22f change = map.linear - cv::Matx22f::eye();
  return std::all_of(std::begin(change.val), std::end(change.val),
                     [](float value) { return std::abs(value) < most_change; });
}

}  // namespace

float Motion::largest_shift() const {
  float largest = 0;
  for (const float x : {0.0F, 1.0F}) {
    for (const float y : {0.0F, 1.0F}) {
      const cv::Vec2f way = to_previous * cv::Vec3f(x, y, 1) - cv::Vec2f(x, y);
      largest = std::max({largest, std::abs(way[0]), std::abs(way[1])});
    }
  }
  return largest;
}

/// The mean around a pixel is that of what is seen alone: the dark border, which does not move with
/// the mucosa, would leave an edge all around.
void MotionFinder::keep_texture(int window, float clip, Copy& copy) {
  cv::inRange(copy.grey, dark, glare, lit_);
  cv::erode(lit_, lit_, cv::Mat());
  lit_.convertTo(copy.seen, CV_32F, 1.0 / 255);
  cv::multiply(copy.grey, copy.seen, copy.texture);
  const cv::Size around(window, window);
  cv::blur(copy.texture, coarse_part_, around, {-1, -1}, cv::BORDER_REFLECT);
  cv::blur(copy.seen, seen_part_, around, {-1, -1}, cv::BORDER_REFLECT);
  for (int y = 0; y < copy.grey.rows; ++y) {
    const float* mean = coarse_part_.ptr<float>(y);
    const float* share = seen_part_.ptr<float>(y);
    const float* seen = copy.seen.ptr<float>(y);
    float* texture = copy.texture.ptr<float>(y);
    for (int x = 0; x < copy.grey.cols; ++x) {
      texture[x] = seen[x] > 0 ? std::clamp(texture[x] - mean[x] / share[x], -clip, clip) : 0.0F;
    }
  }
}

void MotionFinder::make_copies(const cv::Mat& rgb, Copies& copies) {
  cv::extractChannel(rgb, green_, 1);  // red saturates under the lamp, blue is noise
  resize_image(green_, fine_size, fine_size, small_);
  small_.convertTo(copies.fine.grey, CV_32F);
  cv::resize(copies.fine.grey, copies.coarse.grey, {coarse_size, coarse_size}, 0, 0,
             cv::INTER_AREA);
  keep_texture(fine_window, fine_clip, copies.fine);
  keep_texture(coarse_window, coarse_clip, copies.coarse);
}

/// Where this frame's content was, in shares of the field.
cv::Point2f MotionFinder::search_shift(const Copies& now, const Copies& before) const {
  constexpr int n = coarse_size;
  float least = INFINITY;
  cv::Point best;
  for (int dy = -reach; dy <= reach; ++dy) {
    for (int dx = -reach; dx <= reach; ++dx) {
      const cv::Rect here = cv::Rect(0, 0, n, n) & cv::Rect(-dx, -dy, n, n);
      float difference = 0;
      float count = 0;
      for (int y = here.y; y < here.br().y; ++y) {
        const float* a = now.coarse.texture.ptr<float>(y);
        const float* b = before.coarse.texture.ptr<float>(y + dy) + dx;
        const float* seen_a = now.coarse.seen.ptr<float>(y);
        const float* seen_b = before.coarse.seen.ptr<float>(y + dy) + dx;
        for (int x = here.x; x < here.br().x; ++x) {
          const float seen = seen_a[x] * seen_b[x];
          difference += seen * std::abs(a[x] - b[x]);
          count += seen;
        }
      }
      // Few common pixels fit by chance; of equal shifts the smaller.
      constexpr float doubt = 0.02F;  // grey levels a pixel of shift
      const float mean =
          (difference + 4) / (count + 1) + doubt * static_cast<float>(std::abs(dx) + std::abs(dy));
      if (count > n * n / 5 && mean < least) {
        least = mean;
        best = {dx, dy};
      }
    }
  }
  return cv::Point2f(best) / n;
}

/// The slopes of a frame's own texture stand for those of the one before: what they give is summed
/// once and not at every step.
void MotionFinder::prepare_refinement(const Copies& now) {
  constexpr int n = fine_size;
  cv::Sobel(now.fine.texture, slope_x_, CV_32F, 1, 0, 3, n / 8.0);
  cv::Sobel(now.fine.texture, slope_y_, CV_32F, 0, 1, 3, n / 8.0);
  normal_ = decltype(normal_)::zeros();
  // Of each row u is the pixel's place; v is the same along it.
  for (int y = 1; y + 1 < n; ++y) {
    const float v = (static_cast<float>(y) + 0.5F) / n - 0.5F;
    const float* seen = now.fine.seen.ptr<float>(y);
    const float* slope_x = slope_x_.ptr<float>(y);
    const float* slope_y = slope_y_.ptr<float>(y);
    for (int x = 1; x + 1 < n; ++x) {
      const float u = (static_cast<float>(x) + 0.5F) / n - 0.5F;
      const float gx = seen[x] * slope_x[x];
      const float gy = seen[x] * slope_y[x];
      const float slopes[parameters] = {gx, gy, gx * u, gx * v, gy * u, gy * v};
      for (int row = 0; row < parameters; ++row) {
        for (int column = 0; column <= row; ++column) {
          normal_(row, column) += slopes[row] * slopes[column];
        }
      }
    }
  }
  for (int row = 0; row < parameters; ++row) {
    for (int column = row + 1; column < parameters; ++column) {
      normal_(row, column) = normal_(column, row);
    }
    // Where there is little to hold on to, as little change as possible.
    constexpr float stiffness = 20.0F * n * n;
    normal_(row, row) += stiffness;
  }
  normal_ = normal_.inv(cv::DECOMP_CHOLESKY);
}

cv::Matx23f MotionFinder::refine(const cv::Matx23f& start, const Copies& now,
                                 const Copies& before) const {
  constexpr int n = fine_size;
  const Sampler previous(before.fine.texture, before.fine.seen);
  Affine map = about_middle(start);
  for (int i = 0; i < iterations; ++i) {
    float right[parameters] = {};
    for (int y = 1; y + 1 < n; ++y) {
      const float v = (static_cast<float>(y) + 0.5F) / n - 0.5F;
      const float* texture = now.fine.texture.ptr<float>(y);
      const float* seen = now.fine.seen.ptr<float>(y);
      const float* slope_x = slope_x_.ptr<float>(y);
      const float* slope_y = slope_y_.ptr<float>(y);
      const float row_x = map.linear(0, 1) * v + map.shift[0] + 0.5F;
      const float row_y = map.linear(1, 1) * v + map.shift[1] + 0.5F;
      for (int x = 1; x + 1 < n; ++x) {
        const float u = (static_cast<float>(x) + 0.5F) / n - 0.5F;
        float texture_before = 0;
        if (seen[x] == 0 ||
            !previous.at((map.linear(0, 0) * u + row_x) * n - 0.5F,
                         (map.linear(1, 0) * u + row_y) * n - 0.5F, texture_before)) {
          continue;
        }
        constexpr float outlier = 8;  // grey levels: highlights, what moves by itself
        const float error = texture_before - texture[x];
        const float weighted = error / (1 + (error / outlier) * (error / outlier));
        const float gx = weighted * slope_x[x];
        const float gy = weighted * slope_y[x];
        right[0] += gx;
        right[1] += gy;
        right[2] += gx * u;
        right[3] += gx * v;
        right[4] += gy * u;
        right[5] += gy * v;
      }
    }
    const Vector step = normal_ * Vector(right);
    map = step_back(map, step);
    if (!plausible(map)) {
      return start;
    }
    if (cv::norm(step, cv::NORM_INF) < good_enough) {
      break;
    }
  }
  return of_shares(map);
}

/// Fills misfit_; gives that of the frame as a whole.
float MotionFinder::measure_misfit(const cv::Matx23f& to_previous, const Copies& now,
                                   const Copies& before) {
  constexpr int n = coarse_size;
  const Sampler previous(before.coarse.texture, before.coarse.seen);
  difference_.create(n, n, CV_32FC1);
  energy_.create(n, n, CV_32FC1);
  misfit_.create(n, n, CV_32FC1);
  float differences = 0;
  float energies = 0;
  for (int y = 0; y < n; ++y) {
    const float v = (static_cast<float>(y) + 0.5F) / n;
    for (int x = 0; x < n; ++x) {
      const float u = (static_cast<float>(x) + 0.5F) / n;
      const cv::Vec2f at = to_previous * cv::Vec3f(u, v, 1);
      // The outermost pixels reach to the frame's edge.
      const float limit = n - 1.001F;
      const float at_x = at[0] * n - 0.5F;
      const float at_y = at[1] * n - 0.5F;
      float& difference = difference_.at<float>(y, x);
      float& energy = energy_.at<float>(y, x);
      float texture = 0;
      const bool inside = at[0] >= 0 && at[1] >= 0 && at[0] <= 1 && at[1] <= 1;
      misfit_.at<float>(y, x) = inside ? 0.0F : 1.0F;
      const bool seen = inside && previous.at(std::clamp(at_x, 0.0F, limit),
                                              std::clamp(at_y, 0.0F, limit), texture);
      const float common = seen ? now.coarse.seen.at<float>(y, x) : 0.0F;
      const float here = now.coarse.texture.at<float>(y, x);
      difference = common * (here - texture) * (here - texture);
      energy = common * (here * here + texture * texture);
      differences += difference;
      energies += energy;
    }
  }
  cv::blur(difference_, difference_, {misfit_window, misfit_window}, {-1, -1}, cv::BORDER_REFLECT);
  cv::blur(energy_, energy_, {misfit_window, misfit_window}, {-1, -1}, cv::BORDER_REFLECT);
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) {
      float& misfit = misfit_.at<float>(y, x);
      misfit =
          std::max(misfit, difference_.at<float>(y, x) / (energy_.at<float>(y, x) + noise_energy));
    }
  }
  return differences / (energies + noise_energy * n * n);
}

const Motion& MotionFinder::next(const cv::Mat& rgb) {
  const Copies& before = frames_[newest_];
  newest_ = 1 - newest_;
  Copies& now = frames_[newest_];
  make_copies(rgb, now);
  motion_.to_previous = {1, 0, 0, 0, 1, 0};
  motion_.cut = first_;
  motion_.misfit.release();
  if (first_) {
    first_ = false;
    return motion_;
  }
  const cv::Matx23f still = motion_.to_previous;
  const float still_misfit = measure_misfit(still, now, before);
  prepare_refinement(now);
  const cv::Point2f shift = search_shift(now, before);
  const cv::Matx23f refined = refine({1, 0, shift.x, 0, 1, shift.y}, now, before);
  float misfit = measure_misfit(refined, now, before);
  motion_.to_previous = refined;
  if (misfit > doubtful_misfit) {  // a large turn, whose shift is none
    const cv::Matx23f turned = refine(still, now, before);
    const float other = measure_misfit(turned, now, before);
    if (other < misfit) {
      misfit = other;
      motion_.to_previous = turned;
    }
  }
  if (still_misfit < misfit + tremble) {
    misfit = still_misfit;
    motion_.to_previous = still;
  }
  measure_misfit(motion_.to_previous, now, before);
  motion_.cut = misfit > cut_misfit;
  if (motion_.cut) {
    motion_.to_previous = still;
  } else {
    motion_.misfit = misfit_;
  }
  return motion_;
}

}  // namespace bcnet::track
