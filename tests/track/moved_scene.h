#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "data/synth.h"
#include "image/geometry.h"

namespace bcnet::track {

constexpr int scene_size = 352;

/// Where a camera looks: a map of a frame's points to the scene's, in shares of the frame.
struct Camera {
  float x = 0, y = 0;  ///< shift, in shares
  float zoom = 1;
  float turn = 0;  ///< degrees

  cv::Matx23f map() const {
    const float angle = turn * static_cast<float>(CV_PI) / 180;
    const float c = std::cos(angle) / zoom;
    const float s = std::sin(angle) / zoom;
    // About the middle.
    return {c, -s, 0.5F + x - 0.5F * c + 0.5F * s, s, c, 0.5F + y - 0.5F * s - 0.5F * c};
  }
};

/// A scene of drawn mucosa, as large as a frame of it.
inline cv::Mat draw_scene(int index) {
  const cv::Mat picture = data::draw_synthetic_mucosa(7, static_cast<std::uint64_t>(index));
  // Without the dark corners.
  const cv::Mat middle =
      picture(cv::Rect(picture.cols / 4, picture.rows / 4, picture.cols / 2, picture.rows / 2));
  return resize_image(middle, scene_size, scene_size);
}

/// What the camera sees of a scene, 8UC3 of scene_size² pixels.
inline cv::Mat seen_by(const Camera& camera, const cv::Mat& scene) {
  cv::Matx23f pixels = camera.map();
  const float half = 0.5F;
  pixels(0, 2) = scene_size * pixels(0, 2) + half * (pixels(0, 0) + pixels(0, 1)) - half;
  pixels(1, 2) = scene_size * pixels(1, 2) + half * (pixels(1, 0) + pixels(1, 1)) - half;
  cv::Mat frame;
  cv::warpAffine(scene, frame, pixels, {scene_size, scene_size},
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REFLECT_101);
  return frame;
}

/// The largest distance of a corner's or the middle's place under two maps, in shares.
inline float largest_difference(const cv::Matx23f& a, const cv::Matx23f& b) {
  float largest = 0;
  for (const cv::Vec3f& at : {cv::Vec3f(0.1F, 0.1F, 1), cv::Vec3f(0.9F, 0.1F, 1),
                              cv::Vec3f(0.1F, 0.9F, 1), cv::Vec3f(0.9F, 0.9F, 1)}) {
    largest = std::max(largest, static_cast<float>(cv::norm(a * at - b * at)));
  }
  return largest;
}

inline void add_noise(cv::Mat& image, double deviation, std::uint64_t seed) {
  cv::RNG random(seed);
  cv::Mat noise(image.size(), CV_16SC3);
  random.fill(noise, cv::RNG::NORMAL, 0, deviation);
  cv::add(image, noise, image, cv::noArray(), CV_8U);
}

}  // namespace bcnet::track
