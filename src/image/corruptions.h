#pragma once

#include <opencv2/core.hpp>

#include "core/random.h"

namespace bcnet {

// What befalls a picture, one function each, with its strength in plain units. Images are 8UC3
// RGB and results are new images of the same size. corrupt.h gives each a name and three
// strengths.

/// Out of focus: Gaussian, sigma in pixels.
cv::Mat blur_image(const cv::Mat& image, double sigma);

/// Moved while exposed: the mean along a straight line of length pixels through each pixel,
/// angle in degrees, counter-clockwise from the right.
cv::Mat blur_motion(const cv::Mat& image, double length, double angle);

/// Sensor noise: a normally distributed number of this deviation, in levels of 255, is added
/// to each channel of each pixel.
cv::Mat add_noise(const cv::Mat& image, double deviation, SplitMix64& random);

/// Light multiplied by 2^stops, of a picture whose values are light^(1/2.2); what is too
/// bright is cut off.
cv::Mat expose(const cv::Mat& image, double stops);

/// White balance gone wrong: red, green and blue multiplied by 1 + amount · cos(hue), cos(hue -
/// 120°), cos(hue + 120°); hue in degrees.
cv::Mat cast_color(const cv::Mat& image, double amount, double hue);

/// White reflections of the lamp: soft ellipses, each axis 1% to 5% of the shorter side, on
/// what is not black, until their areas add up to this share of the picture, 0..1. With the
/// same random state a larger share adds to the ellipses of a smaller one.
cv::Mat add_highlights(const cv::Mat& image, double share, SplitMix64& random);

/// A grey instrument that reaches from the edge to a point in the middle of the picture; width
/// is its share of the shorter side, 0..1.
cv::Mat occlude(const cv::Mat& image, double width, SplitMix64& random);

/// Turns a picture or a mask about its middle, degrees counter-clockwise; what comes in from
/// beyond the edge is 0. interpolation is OpenCV's: nearest for masks.
cv::Mat rotate_about_middle(const cv::Mat& pixels, double degrees, int interpolation);

}  // namespace bcnet
