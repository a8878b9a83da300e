#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "data/pair.h"

namespace bcnet::data {

/// How a made video is filmed. Amounts are those of the frames' own pixels, 640x480.
struct SynthVideoOptions {
  int frames = 60;
  double frames_per_second = 30;
  bool moves = true;       ///< the camera pans, zooms and turns, all the time
  double noise = 8;        ///< grey levels, standard deviation of each pixel in each frame
  double light = 0.04;     ///< share by which the lamp's light changes
  double blur = 3;         ///< standard deviation in pixels at the worst of a blurred moment
  int highlights = 6;      ///< that come and go
  std::uint64_t seed = 1;  ///< the same seed films the same video
};

/// A video with exact masks, made from still pictures: a camera that moves over one, as an
/// endoscope's recorder shows it, in an octagon on a black frame with text beside it. For measuring
/// what a model does from frame to frame, which single pictures cannot show.
class SynthVideo {
 public:
  static constexpr int width = 640;
  static constexpr int height = 480;

  /// scene: 8UC3 RGB and its mask; it is filmed from edge to edge, mirrored beyond.
  SynthVideo(const Pair& scene, const SynthVideoOptions& options);

  /// The same after half a second on mucosa (8UC3 RGB) without a polyp; then the camera pans over
  /// to the scene within a second.
  SynthVideo(const cv::Mat& mucosa, const Pair& scene, const SynthVideoOptions& options);

  int frames() const { return options_.frames; }
  double seconds(int frame) const { return frame / options_.frames_per_second; }

  /// Frame 0..frames()-1, in any order: 640x480 8UC3 RGB with its mask.
  Pair frame(int index) const;

 private:
  struct Wave {
    double amplitude, hertz, phase;
    double at(double seconds) const;
  };
  void choose_path();
  cv::Matx23f camera(double seconds) const;
  void disturb(cv::Mat& view, int index) const;

  SynthVideoOptions options_;
  cv::Mat image_;  ///< the scene, as high as the field; what comes before it on its left
  cv::Mat mask_;
  double scene_middle_ = 0;   ///< x
  double mucosa_middle_ = 0;  ///< x; the scene's where there is none
  Wave pan_x_, pan_y_, zoom_, turn_, lamp_;
};

}  // namespace bcnet::data
