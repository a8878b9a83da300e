#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace bcnet::data {

/// How far an image and its mask are changed for training. The default changes nothing.
struct AugmentOptions {
  // Geometry, of image and mask alike.
  double horizontal_flip = 0;      ///< probability
  double vertical_flip = 0;        ///< probability
  double quarter_turns = 0;        ///< probability of a turn by 90, 180 or 270 degrees or none
  double rotation = 0;             ///< largest angle in degrees, either way
  double scale_low = 1;            ///< zoom; below 1 the image is seen from afar, on black
  double scale_high = 1;           ///< zoom; above 1 only a part is seen
  double crop = 0;                 ///< where the zoom looks: 0 the centre, 1 anywhere
  double elastic = 0;              ///< probability of an elastic deformation
  double elastic_strength = 0.03;  ///< largest displacement, as a share of the side
  // Pixels of the image.
  double brightness = 0;    ///< factor in 1 ± brightness
  double contrast = 0;      ///< distance from the mean grey times 1 ± contrast
  double saturation = 0;    ///< distance from the pixel's grey times 1 ± saturation
  double blur = 0;          ///< probability of a Gaussian blur
  double blur_sigma = 1.5;  ///< its largest standard deviation in pixels

  /// True where geometry needs more than flips, that is an interpolation.
  bool warps() const;
};

/// A policy by name: none, weak (flips), basic and strong (the article's), lite (what the
/// mobile model is trained with). Throws Error(usage) for any other name.
AugmentOptions augment_policy(const std::string& name);
const std::vector<std::string>& augment_policy_names();

/// RGB (8UC3) and mask (8UC1, 0 or 255) as one 8UC4: they go through every change together.
cv::Mat join_mask(const cv::Mat& image, const cv::Mat& mask);

/// Augments a joined pair and brings it to width x height, in one interpolation. Which
/// change is made depends on (options, seed, epoch, index) alone. out receives 8UC4: RGB and
/// the mask as 0 or 255; its memory is reused where it fits.
/// pixels: 8UC4 of any size; where !options.warps(), of width x height.
void augment(const cv::Mat& pixels, int width, int height, const AugmentOptions& options,
             std::uint64_t seed, std::uint64_t epoch, std::uint64_t index, cv::Mat& out);

}  // namespace bcnet::data
