#pragma once

#include <opencv2/core.hpp>

#include "data/augment.h"
#include "data/augment/stream.h"

namespace bcnet::data {

// Changes of the colours of an 8UC4 pair; its mask stays.

/// Brightness, contrast, saturation.
void change_color(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels);
/// Gaussian.
void blur(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels);
/// Hue, gamma, white balance: another endoscope.
void change_camera(const AugmentOptions& options, SplitMix64 random, cv::Mat& pixels);
/// Along a line of random direction.
void blur_motion(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels);
/// A large soft ellipse of more light, clipped where the sensor would be.
void add_glare(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels);
/// Gaussian, each channel for itself.
void add_noise(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels);
/// What a JPEG of low quality leaves: blocks, rings, coarse colours.
void compress(const AugmentOptions& options, SplitMix64& random, cv::Mat& pixels);

/// What turns the hue of RGB by an angle in degrees and keeps luminance and grey: hueRotate
/// of the W3C's Filter Effects Module Level 1.
cv::Matx33f hue_rotation(double degrees);

}  // namespace bcnet::data
