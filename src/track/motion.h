#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

namespace bcnet::track {

/// How a frame's content lies in the frame before it.
struct Motion {
  /// A point of this frame → where it was, both in shares of the field, 0..1.
  cv::Matx23f to_previous{1, 0, 0, 0, 1, 0};
  /// The two show no common scene: nothing of the frame before may be used.
  bool cut = true;
  /// How badly the frame before fits, moved, 0 (the same but for noise) .. 1: 32FC1 of
  /// MotionFinder::blocks² blocks, which the finder owns until its next frame. 1 where the place
  /// was not seen before. Empty at a cut.
  cv::Mat misfit;

  /// The largest way of a corner of the field, as a share of it.
  float largest_shift() const;
};

/// Finds the motion from each frame to the next: first a shift, searched on copies of 22x22 pixels,
/// then an affine map (shift, zoom, turn, shear) refined by least squares on 44x44 (Baker,
/// Matthews: "Lucas-Kanade 20 years on", 2004: inverse compositional). What the lamp does, a light
/// middle and highlights, stays where it is while the mucosa moves: the copies keep only what is
/// finer than the field, and of that no more than a few grey levels. No memory is taken after the
/// first frame. One thread.
class MotionFinder {
 public:
  static constexpr int blocks = 22;

  /// rgb: 8UC3, the field as the network sees it. The first frame is a cut.
  const Motion& next(const cv::Mat& rgb);

  /// The next frame is a first one.
  void reset() { first_ = true; }

 private:
  /// A small copy of a frame, 32FC1 each.
  struct Copy {
    cv::Mat grey;
    cv::Mat texture;  ///< what is left of grey without the coarse, clipped
    cv::Mat seen;     ///< 1 where it is mucosa, 0 in the dark and in highlights
  };
  struct Copies {
    Copy fine;    ///< 44x44
    Copy coarse;  ///< 22x22
  };

  void make_copies(const cv::Mat& rgb, Copies& copies);
  void keep_texture(int window, float clip, Copy& copy);
  cv::Point2f search_shift(const Copies& now, const Copies& before) const;
  void prepare_refinement(const Copies& now);
  cv::Matx23f refine(const cv::Matx23f& start, const Copies& now, const Copies& before) const;
  float measure_misfit(const cv::Matx23f& to_previous, const Copies& now, const Copies& before);

  Copies frames_[2];
  int newest_ = 0;
  bool first_ = true;
  Motion motion_;
  cv::Mat misfit_;
  cv::Mat green_, small_, lit_, coarse_part_, seen_part_;  // on the way to copies
  cv::Mat slope_x_, slope_y_;                              // of the newest one's texture
  cv::Matx<float, 6, 6> normal_;                           // the inverse of the normal equations
  cv::Mat difference_, energy_;
};

}  // namespace bcnet::track
