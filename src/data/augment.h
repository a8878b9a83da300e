#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace bcnet::data {

/// How far an image and its mask are changed for training. The default changes nothing.
/// Lengths in pixels are pixels of the result.
struct AugmentOptions {
  // Geometry, of image and mask alike.
  double horizontal_flip = 0;      ///< probability
  double vertical_flip = 0;        ///< probability
  double quarter_turns = 0;        ///< probability of a turn by 90, 180 or 270 degrees or none
  double rotation = 0;             ///< largest angle in degrees, either way
  double scale_low = 1;            ///< zoom; below 1 the image is seen from afar, on black
  double scale_high = 1;           ///< zoom; above 1 only a part is seen
  double crop = 0;                 ///< where the zoom looks: 0 the centre, 1 anywhere
  double shear = 0;                ///< largest angle in degrees, either way
  double stretch = 0;              ///< one side longer by a factor up to 1 + stretch, same area
  double elastic = 0;              ///< probability of an elastic deformation
  double elastic_strength = 0.03;  ///< largest displacement, as a share of the side
  double reflect = 0;              ///< probability of a mirrored border in place of the black one
  // Windows without a polyp: a network that has only seen images with one finds one in each.
  double negative = 0;  ///< probability of a zoom to where no polyp is
  double negative_scale_low = 1.3;
  double negative_scale_high = 3;
  // Pixels of the image; the mask stays.
  double brightness = 0;          ///< factor in 1 ± brightness
  double contrast = 0;            ///< distance from the mean grey times 1 ± contrast
  double saturation = 0;          ///< distance from the pixel's grey times 1 ± saturation
  double hue = 0;                 ///< largest turn of the hue in degrees, either way
  double gamma = 0;               ///< exponent between 1 / (1 + gamma) and 1 + gamma
  double white_balance = 0;       ///< each channel's own factor in 1 ± white_balance
  double highlights = 0;          ///< probability of specular highlights
  int highlight_count = 6;        ///< their largest number
  double glare = 0;               ///< probability of a large overexposed spot
  double glare_size = 0.3;        ///< its largest radius, as a share of the longer side
  double glare_gain = 2;          ///< its largest gain of light, at its centre
  double blur = 0;                ///< probability of a Gaussian blur
  double blur_sigma = 1.5;        ///< its largest standard deviation in pixels
  double motion_blur = 0;         ///< probability of a blur along a line
  double motion_blur_length = 9;  ///< its largest length in pixels
  double noise = 0;               ///< probability of Gaussian noise
  double noise_sigma = 6;         ///< its largest standard deviation in grey levels of 255
  double jpeg = 0;                ///< probability of compression as a lossy JPEG
  double jpeg_quality = 30;       ///< its lowest quality of 100
  // What hides a part of the image.
  double box = 0;                  ///< probability of a box in a corner; the mask is 0 below it
  double box_size = 0.35;          ///< its largest side, as a share of the image's
  double dropout = 0;              ///< probability of rectangles painted over
  int dropout_count = 3;           ///< their largest number
  double dropout_size = 0.2;       ///< their largest side, as a share of the image's
  double dropout_mean = 0;         ///< probability of the mean colour in place of black, for each
  bool dropout_cuts_mask = false;  ///< the mask is 0 below them; else it stays: occlusion
  // What comes from another pair, with its mask.
  double paste = 0;              ///< probability of another pair's polyp
  double paste_scale_low = 0.5;  ///< its size, times that in its own image
  double paste_scale_high = 1.2;
  double paste_feather = 1.5;  ///< standard deviation of its soft edge in pixels, 0 for a hard one
  double style = 0;            ///< probability of another pair's colours, the mask stays
  double cutmix = 0;           ///< probability of a rectangle of another pair
  double cutmix_size = 0.5;    ///< its largest side, as a share of the image's

  /// True where geometry needs more than flips, that is an interpolation.
  bool warps() const;
};

/// A policy by name: none, weak (flips), basic and strong (the article's), lite (what the
/// first mobile model was trained with), lite_strong (lite and doses of all the rest).
/// Throws Error(usage) for any other name.
AugmentOptions augment_policy(const std::string& name);
const std::vector<std::string>& augment_policy_names();

/// Policies that a recipe defines, by name (augment_keys.h reads them).
using AugmentPolicies = std::map<std::string, AugmentOptions>;

/// In the mask of a joined pair: a pixel that is left out, neither foreground nor background.
constexpr std::uint8_t ignored_mark = 1;

/// RGB (8UC3) and mask (8UC1: 0, 255 or ignored_mark) as one 8UC4: they go through every change
/// together.
cv::Mat join_mask(const cv::Mat& image, const cv::Mat& mask);

/// The pairs that paste, style and cutmix take from. Without two of them there is nothing to take.
struct Donors {
  std::size_t count = 0;
  /// A joined pair by its number below count, as augment() takes it; not to be written to.
  std::function<cv::Mat(std::size_t)> get;
};

/// Augments a joined pair and brings it to width x height, in one interpolation. Which
/// change is made depends on (options, seed, epoch, index, donors.count) alone. out receives
/// 8UC4: RGB and the mask as 0, 255 or ignored_mark; its memory is reused where it fits.
/// pixels: 8UC4 of any size; where !options.warps(), of width x height. index: the pair's own
/// number among the donors. Throws what donors.get throws.
void augment(const cv::Mat& pixels, int width, int height, const AugmentOptions& options,
             std::uint64_t seed, std::uint64_t epoch, std::uint64_t index, cv::Mat& out,
             const Donors& donors = {});

}  // namespace bcnet::data
